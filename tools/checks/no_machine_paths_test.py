"""Every pattern finds its kind of text, and ordinary text stays free."""

import contextlib
import io
import os
import subprocess
import sys

import junit_report
import no_machine_paths
from source_tree_for_test import SourceTreeTest

# Samples are written with ~ for / and % for . so that this file passes the check itself.
_FORBIDDEN = {
    "a work folder of a build machine": ["cd ~work", "path=~work~main", "HOME=~root~x", "'~root~'"],
    "a home folder": ["see ~home~me~src"],
    "a tool outside the system's packages": ["~usr~local~go~bin~go", "PATH=~opt~tools~bin"],
    "a scratch folder": ["~tmp~bash_jobs%0~1"],
    "a registry of Ruby packages": ["source 'https:~~rubygems%org'"],
    "a registry of Go packages": ["GOPROXY=https:~~proxy%golang%org,direct", "goproxy%io"],
    "a registry of Lua packages": ["https:~~luarocks%org~modules"],
    "a registry of Python packages": ["https:~~pypi%org~simple", "files%pythonhosted%org"],
    "a registry of other packages": ["registry%npmjs%org", "https:~~crates%io", "repo1%maven%org"],
    "a mirror of the distribution": ["http:~~deb%debian%org~debian"],
}
_ALLOWED = """
tests/work/input and $DIR/work/ and ${ROOT}/root/x and build/root/
//work:target //root/ a workman /workspace /rooted /home
--prefix=/usr/local /usr/local/lib /usr/bin/env /tmp/x
github.com/vmihailenco/msgpack RubyGems LuaRocks golang.org/x/sys
"""


def _real(sample: str) -> str:
    return sample.replace("~", "/").replace("%", ".")


class NoMachinePathsTest(SourceTreeTest):

    def found(self) -> dict[str, list[str]]:
        return {what: places for what, places in no_machine_paths.findings(self.root).items()
                if places}

    def test_every_pattern_has_a_sample_that_it_alone_finds(self):
        self.assertEqual(set(no_machine_paths.PATTERNS), set(_FORBIDDEN))
        for what, samples in _FORBIDDEN.items():
            for sample in samples:
                line = _real(sample)
                self.write("file.txt", f"first\n{line}\n")
                self.assertEqual({what: [f"file.txt:2: {line}"]}, self.found())

    def test_ordinary_text_is_free(self):
        self.write("file.txt", _ALLOWED)
        self.assertEqual({}, self.found())

    def test_binary_files_are_skipped_and_links_are_not(self):
        self.write("picture", "\0" + _real("~work~main"))
        self.assertEqual({}, self.found())
        os.symlink(_real("~work~no-such-file"), self.root / "link")
        self.assertEqual(1, len(self.found()))

    def test_only_committed_files_count_where_there_is_git(self):
        self.write("mine.bazelrc", _real("~work~main"))
        self.write("theirs.txt", _real("~work~main"))
        self.git("init", "-q")
        self.git("add", "theirs.txt")
        self.assertEqual(["theirs.txt"], no_machine_paths.committed_files(self.root))
        self.assertEqual(1, sum(map(len, self.found().values())))

    def test_program_fails_and_names_the_place(self):
        self.write("a.txt", _real("~work~main"))
        errors = io.StringIO()
        with contextlib.redirect_stderr(errors), contextlib.redirect_stdout(io.StringIO()):
            status = no_machine_paths.main(["--root", str(self.root)])
        self.assertEqual(1, status)
        self.assertIn("a.txt:1: ", errors.getvalue())

    def git(self, *arguments: str):
        subprocess.run(["git", "-c", "safe.directory=*", "-C", str(self.root), *arguments],
                       check=True, capture_output=True, timeout=60)


if __name__ == "__main__":
    sys.exit(junit_report.run_unittests())
