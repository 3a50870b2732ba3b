# frozen_string_literal: true

# Writes the cases of a minitest run to the file that Bazel names, in JUnit's format.
# Loaded with `ruby -r` before the test file; see run_ruby_test.sh.

require "cgi/escape"
require "minitest"

# One testcase element per test method, so that cases can be counted.
class JunitReporter < Minitest::AbstractReporter
  def initialize(path)
    super()
    @path = path
    @results = []
  end

  def record(result)
    @results << result
  end

  # A file without a case is a mistake, not a success.
  def passed?
    warn "No test ran." if @results.empty?
    @results.any? && @results.all? { |result| result.passed? || result.skipped? }
  end

  def report
    File.write(@path, <<~XML)
      <?xml version="1.0" encoding="UTF-8"?>
      <testsuites>
      <testsuite name="minitest" tests="#{@results.size}">
      #{@results.map { |result| testcase(result) }.join("\n")}
      </testsuite>
      </testsuites>
    XML
  end

  private

  def testcase(result)
    attributes = %(name="#{escape(result.name)}" classname="#{escape(result.klass)}" ) +
                 %(time="#{format('%.3f', result.time)}")
    "<testcase #{attributes}>#{outcome(result)}</testcase>"
  end

  def outcome(result)
    return "" if result.passed?

    element = result.skipped? ? "skipped" : "failure"
    failure = result.failure
    %(<#{element} message="#{escape(failure.message)}">#{escape(failure.location)}</#{element}>)
  end

  def escape(text)
    printable = text.to_s.scrub.gsub(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/, "?")
    CGI.escapeHTML(printable)
  end
end

module Minitest
  def self.plugin_junit_init(_options)
    path = ENV["XML_OUTPUT_FILE"]
    reporter << JunitReporter.new(path) if path
  end
end

Minitest.extensions << "junit"
