# frozen_string_literal: true

require_relative "support/test_case"

# Examples that no other test runs.
#
#   examples_test.rb SHARED_OBJECTS PROCESSES
class ExamplesTest < BilliardTest
  SHARED_OBJECTS, PROCESSES = ARGV.first(2).map { |path| File.expand_path(path) }

  def test_shared_objects
    output = IO.popen([SHARED_OBJECTS], &:read)
    assert_predicate Process.last_status, :success?
    assert_equal "counted to 4000, and 1 holder of the lock died\n", output
  end

  def test_processes
    output = IO.popen([PROCESSES], &:read)
    assert_predicate Process.last_status, :success?
    assert_equal ["SpawnProcess-1 counted 100", "SpawnProcess-2 counted 200", "SpawnProcess-3 counted 300",
                  "together 600"], output.lines(chomp: true)
  end
end
