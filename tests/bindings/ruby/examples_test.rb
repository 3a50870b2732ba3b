# frozen_string_literal: true

require_relative "support/test_case"

# Examples that no other test runs.
#
#   examples_test.rb SHARED_OBJECTS
class ExamplesTest < BilliardTest
  SHARED_OBJECTS = File.expand_path(ARGV.fetch(0))

  def test_shared_objects
    output = IO.popen([SHARED_OBJECTS], &:read)
    assert_predicate Process.last_status, :success?
    assert_equal "counted to 4000, and 1 holder of the lock died\n", output
  end
end
