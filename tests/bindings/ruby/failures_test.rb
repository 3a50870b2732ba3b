# frozen_string_literal: true

require_relative "support/test_case"

# What a task raises fails its job; the worker, and the pool, go on.
class FailuresTest < BilliardTest
  class Unprintable < StandardError
    def message
      raise "no message"
    end
  end

  Billiard.task(:raise) { |name, message| raise Object.const_get(name), message }
  Billiard.task(:leave) { exit 3 }
  Billiard.task(:leave_at_once) { |status| exit!(status) }
  Billiard.task(:abort) { abort "" }
  Billiard.task(:recurse) { |n| Billiard.defined_tasks.fetch("recurse").call(n + 1) }
  Billiard.task(:throw) { throw :nobody_catches }
  Billiard.task(:signal_exception) { raise SignalException, "TERM" }
  Billiard.task(:deep) { raise KeyError, "deep inside" }
  Billiard.task(:nul) { raise "a\0b" }
  Billiard.task(:unprintable) { raise Unprintable }
  Billiard.task(:anonymous) { raise Class.new(StandardError), "anonymous" }
  Billiard.task(:kill_self) { Process.kill("KILL", Process.pid) && sleep }
  Billiard.task(:two) { |a, b| [a, b] }
  Billiard.task(:strict, ->(a, b) { [a, b] })
  Billiard.task(:print) { |text| print text }

  # The failure of a job, and that the same worker does the next.
  def failure_of(task, *arguments)
    Billiard::Pool.open(workers: 1) do |pool|
      pid = pool.apply(:pid)
      error = assert_raises(Billiard::TaskError) { pool.apply(task, *arguments) }
      assert_equal pid, pool.apply(:pid)
      assert_equal pid, error.pid
      error
    end
  end

  def test_errors_of_all_classes
    %w[ArgumentError NotImplementedError NoMemoryError ScriptError SecurityError Interrupt
       Exception].each do |name|
      error = failure_of(:raise, name, "text of #{name}")
      assert_equal [name, "text of #{name}"], [error.class_name, error.remote_message]
    end
  end

  def test_leaving_is_a_failure_of_the_job
    assert_equal "SystemExit", failure_of(:leave).class_name
    assert_equal "SystemExit", failure_of(:abort).class_name
    assert_equal "SignalException", failure_of(:signal_exception).class_name
    assert_equal "UncaughtThrowError", failure_of(:throw).class_name
  end

  def test_endless_recursion
    assert_equal "SystemStackError", failure_of(:recurse, 0).class_name
  end

  def test_the_backtrace_shows_the_task_and_not_the_worker
    frames = failure_of(:deep).remote_backtrace
    assert_includes frames.first, File.basename(__FILE__)
    assert_empty frames.grep(%r{billiard/worker\.rb})
  end

  def test_a_logged_error_shows_where_the_task_raised_it
    error = failure_of(:deep)
    text = error.full_message(highlight: false)
    assert_includes text, "KeyError: deep inside"
    assert_includes text, "In worker #{error.pid}:\n\tfrom #{error.remote_backtrace.first}\n"
    assert_includes text, caller_locations(0, 1).first.path # and where it came out
  end

  def test_messages_that_are_none
    assert_equal "ab", failure_of(:nul).remote_message
    assert_includes failure_of(:unprintable).remote_message, "RuntimeError"
    assert_match(/Class/, failure_of(:anonymous).class_name)
  end

  def test_wrong_number_of_arguments
    assert_equal "ArgumentError", failure_of(:strict, 1).class_name
    Billiard::Pool.open(workers: 1) { |pool| assert_equal [1, nil], pool.apply(:two, 1) }
  end

  def test_a_worker_that_leaves_loses_its_job_and_is_replaced
    Billiard::Pool.open(workers: 1) do |pool|
      error = assert_raises(Billiard::WorkerLostError) { pool.apply(:leave_at_once, 7) }
      assert_equal 7, error.exit_status
      error = assert_raises(Billiard::WorkerLostError) { pool.apply(:kill_self) }
      assert_equal 9, error.signal
      refute_nil error.job_id
      assert_equal 1, pool.apply(:echo, 1)
      assert_equal 2, pool.stats.lost
    end
  end

  def test_undecodable_arguments_fail_their_job_only
    Billiard::Pool.open(workers: 1) do |pool|
      handle = pool.instance_variable_get(:@handle)
      native = Billiard::Native
      result = native.bpi_apply_async(handle, "echo", "\xc1", native::BP_FORMAT_MSGPACK, nil, 0, -1)
      native.bp_result_wait(result, -1)
      error = assert_raises(Billiard::TaskError) { native.bp_result_get(result, 0) }
      assert_equal "Billiard::DecodingError", error.class_name
      assert_equal 1, pool.apply(:echo, 1)
    end
  end

  def test_what_a_task_prints_comes_out_once
    program = <<~'RUBY'
      require "billiard"
      Billiard.task(:print) { |text| print text }
      print "before "
      Billiard::Pool.open(workers: 1) { |pool| pool.apply(:print, "task ") }
      print "after"
    RUBY
    assert_equal "before task after", IO.popen(ruby(program), &:read)
  end
end
