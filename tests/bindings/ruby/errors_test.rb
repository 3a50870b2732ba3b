# frozen_string_literal: true

require_relative "support/test_case"

# Statuses of the library and classes of Ruby.
class ErrorsTest < BilliardTest
  FAILURES = Billiard::Native.constants.grep(/\ABP_/).to_h do |constant|
    [constant, Billiard::Native.const_get(constant)]
  end
  FAILURES.select! do |constant, value|
    value.is_a?(Integer) && value.between?(-1000, -1) && constant != :BP_FOREVER
  end

  def test_every_failure_has_a_class_of_its_own
    classes = FAILURES.values.map { |status| Billiard::Error.from_native(status, "text").class }
    assert_operator classes.size, :>=, 22
    assert_equal classes, classes.uniq
    unexpected = FAILURES.invert.reject { |status, _name| status == Billiard::Native::BP_INTERNAL }
    classes = unexpected.keys.map { |status| Billiard::Error.from_native(status, "text").class }
    refute_includes classes, Billiard::InternalError
  end

  def test_every_error_is_rescued_by_the_common_name
    FAILURES.each do |name, status|
      error = assert_raises(Billiard::Error) { raise Billiard::Error.from_native(status, "text") }
      assert_equal [status, "text"], [error.status, error.message]
      assert_equal name.to_s, "BP_#{error.status_name}"
    end
  end

  # UTIL-1
  def test_errors_of_processes_have_a_common_parent
    [Billiard::TimeoutError, Billiard::AuthenticationError, Billiard::BufferTooShort].each do |kind|
      assert_operator kind, :<, Billiard::ProcessError
    end
  end

  # UTIL-11
  def test_empty_and_full_are_kinds_of_their_own
    [Billiard::Queue::Empty, Billiard::Queue::Full].each do |kind|
      refute_operator kind, :<, Billiard::ProcessError
      refute_operator kind, :<, Billiard::TimeoutError
    end
  end

  def test_wrong_arguments_are_argument_errors
    assert_operator Billiard::InvalidError, :<, ArgumentError
    assert_operator Billiard::EncodingError, :<, ArgumentError
  end

  def test_a_task_error_tells_class_message_and_frames
    status = Billiard::Native::BP_TASK_FAILED
    error = Billiard::Error.from_native(status, "no", 0, "KeyError", "a.rb:1\nb.rb:2", 7, 4711)
    assert_equal "KeyError: no", error.message
    assert_equal ["KeyError", "no", 7, 4711],
                 [error.class_name, error.remote_message, error.job_id, error.pid]
    assert_equal %w[a.rb:1 b.rb:2], error.remote_backtrace
  end

  def test_a_lost_worker_tells_how_it_ended
    lost = Billiard::Native::BP_WORKER_LOST
    killed = Billiard::Error.from_native(lost, "", 0, "", "", 1, 2, -9)
    left = Billiard::Error.from_native(lost, "", 0, "", "", 1, 2, 3)
    assert_equal [9, -9], [killed.signal, killed.exit_status]
    assert_equal [nil, 3], [left.signal, left.exit_status]
    refute_empty killed.message
  end

  def test_texts_that_are_no_utf8_are_readable
    error = Billiard::Error.from_native(Billiard::Native::BP_TASK_FAILED, "\xff!", 0, "A", "\xfe")
    assert_predicate error.message, :valid_encoding?
    assert_predicate error.remote_backtrace.first, :valid_encoding?
  end

  def test_the_binding_and_the_library_have_one_version
    assert_equal Billiard::VERSION, Billiard::Native::BP_VERSION
    assert_match(/\A\d+\.\d+\.\d+/, Billiard.library_version)
  end
end
