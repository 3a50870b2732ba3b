"""All that comes from the system, as repositories. Called by WORKSPACE and by MODULE.bazel's extension."""

load("//tools/bazel:go_modules.bzl", "go_modules")
load("//tools/bazel:system_abseil.bzl", "system_abseil")
load("//tools/bazel:system_go.bzl", "system_go")
load("//tools/bazel:system_library.bzl", "system_library")
load("//tools/bazel:system_lua.bzl", "system_lua")
load("//tools/bazel:system_ruby.bzl", "system_ruby")
load("//tools/bazel:system_spin.bzl", "system_spin")
load("//tools/bazel:system_swig.bzl", "system_swig")

def _libraries():
    """C and C++ libraries, under the labels that their own projects use."""
    system_abseil(name = "com_google_absl")
    system_library(
        name = "com_google_googletest",
        build_file = Label("//tools/bazel:googletest.BUILD.bazel"),
        debian_packages = ["libgtest-dev", "libgmock-dev"],
        headers = ["gtest/gtest.h", "gmock/gmock.h"],
    )
    system_library(
        name = "com_google_benchmark",
        build_file = Label("//tools/bazel:benchmark.BUILD.bazel"),
        debian_packages = ["libbenchmark-dev"],
        headers = ["benchmark/benchmark.h"],
    )
    system_library(
        name = "openssl",
        build_file = Label("//tools/bazel:openssl.BUILD.bazel"),
        debian_packages = ["libssl-dev"],
        headers = ["openssl/evp.h"],
    )
    system_library(
        name = "msgpack_c",
        build_file = Label("//tools/bazel:msgpack_c.BUILD.bazel"),
        debian_packages = ["libmsgpack-dev"],
        headers = ["msgpack.h"],
    )

def _languages():
    system_swig(name = "system_swig")
    system_ruby(name = "system_ruby")
    system_lua(name = "system_lua")
    system_go(name = "system_go")
    go_modules(
        name = "go_modules",
        go_mod = Label("//bindings/go:go.mod"),
        go_sum = Label("//bindings/go:go.sum"),
        packages = ["github.com/vmihailenco/msgpack/v5"],
    )

def system_repositories():
    """Declares the repositories; each is looked at only when a target needs it."""
    _libraries()
    _languages()
    system_spin(name = "system_spin")
