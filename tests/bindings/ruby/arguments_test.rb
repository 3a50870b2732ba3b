# frozen_string_literal: true

require_relative "support/test_case"

# Wrong arguments: the error is of Ruby's usual class and names the argument.
class ArgumentsTest < BilliardTest
  def refuse_pool(error_class, naming, **options)
    assert_refuses(error_class, naming) { Billiard::Pool.open(**options) { flunk "was made" } }
  end

  def test_number_of_workers
    [0, -1, -(2**40), 2**31].each { |count| refuse_pool(ArgumentError, "workers", workers: count) }
    ["2", 2.0, :two].each { |count| refuse_pool(TypeError, "workers", workers: count) }
  end

  def test_unknown_options
    refuse_pool(ArgumentError, "wrokers", wrokers: 2)
    refuse_pool(ArgumentError, "comand", groups: [{ name: "a", comand: ["x"] }])
    refuse_pool(ArgumentError, "workers", groups: [{ name: "a" }], workers: 2)
  end

  def test_groups
    refuse_pool(TypeError, "groups", groups: "a")
    refuse_pool(ArgumentError, "groups", groups: [])
    refuse_pool(TypeError, "group", groups: [:a])
  end

  def test_commands
    refuse_pool(ArgumentError, "command", command: [])
    refuse_pool(TypeError, "command", command: [:ls])
    refuse_pool(ArgumentError, "command", command: ["a\0b"])
    refuse_pool(TypeError, "environment", command: "ls", environment: "A=1")
    refuse_pool(ArgumentError, "start_method", start_method: :thread)
  end

  def test_limits
    refuse_pool(ArgumentError, "max_jobs", max_jobs: 0)
    refuse_pool(TypeError, "max_payload", max_payload: "1")
    refuse_pool(TypeError, "boot_timeout", boot_timeout: "1")
    refuse_pool(ArgumentError, "start_timeout", start_timeout: -1)
    refuse_pool(ArgumentError, "max_boot_failures", max_boot_failures: -2)
  end

  def test_tasks
    refuse_pool(TypeError, "tasks", tasks: :square)
    refuse_pool(TypeError, "square", tasks: { square: 4 })
    refuse_pool(ArgumentError, "task", tasks: { "" => proc {} })
    assert_refuses(TypeError, "later") { Billiard.task(:later) }
    assert_refuses(ArgumentError, "task") { Billiard.task("x" * 256) { nil } }
    assert_refuses(ArgumentError, "task") { Billiard.task("a\0b") { nil } }
  end

  def test_calls
    Billiard::Pool.open(workers: 1) do |pool|
      assert_refuses(TypeError, "task") { pool.apply_async(nil) }
      assert_refuses(ArgumentError, "argument 2") { pool.apply_async(:echo, 1, proc {}) }
      assert_refuses(ArgumentError, "colour") { pool.apply_async(:echo, 1, colour: 2) }
      assert_refuses(TypeError, "argument 1") { pool.apply_async(:echo, 1, raw: true) }
      assert_refuses(ArgumentError, "raw") { pool.apply_async(:echo, "a", "b", raw: true) }
      assert_refuses(TypeError, "submit_timeout") { pool.apply(:echo, 1, submit_timeout: "1") }
      assert_refuses(TypeError, "timeout") { pool.apply(:echo, 1, timeout: :soon) }
      assert_equal 1, pool.apply(:echo, 1)
    end
  end

  def test_values_without_a_form
    nested = []
    nested << nested
    Billiard::Pool.open(workers: 1) do |pool|
      [Object.new, nested, 2**64, -(2**63) - 1].each do |value|
        error = assert_raises(Billiard::EncodingError) { pool.apply_async(:echo, 0, value) }
        assert_includes error.message, "argument 2"
      end
      assert_equal 5, pool.apply(:echo, 5)
    end
  end

  def test_queues
    assert_refuses(TypeError, "name") { Billiard::Queue.open(:name) }
    assert_refuses(ArgumentError, "name") { Billiard::Queue.open("a/b") }
    assert_refuses(ArgumentError, "name") { Billiard::Queue.open("") }
    assert_refuses(ArgumentError, "capacity") { Billiard::Queue.new(capacity: 0) }
    assert_refuses(TypeError, "capacity") { Billiard::Queue.new(capacity: "1") }
    assert_refuses(TypeError, "bytes") { Billiard::Queue.new.put_bytes(nil) }
    assert_refuses(ArgumentError, "value") { Billiard::Queue.new.put($stdout) }
    assert_refuses(TypeError, "timeout") { Billiard::Queue.new.get(timeout: "1") }
  end

  def test_timeouts_of_all_kinds_of_numbers
    queue = Billiard::Queue.new
    [0, -1, 0.001, Rational(1, 1000), -Float::INFINITY].each do |timeout|
      assert_raises(Billiard::Queue::Empty) { queue.get(timeout: timeout) }
    end
    assert_raises(ArgumentError) { queue.get(timeout: Float::NAN) }
    queue.put(1).put(2)
    assert_equal [1, 2], [queue.get(timeout: Float::INFINITY), queue.get(timeout: 10**30)]
  end

  def test_handles_are_not_made_by_hand
    assert_raises(NoMethodError, TypeError) { Billiard::Native::Handle.new }
    assert_raises(TypeError) { Billiard::Native.bp_queue_size(Object.new) }
  end

  # POOL-26
  def test_a_pool_is_no_argument
    Billiard::Pool.open(workers: 1) do |pool|
      error = assert_raises(Billiard::EncodingError) { pool.apply_async(:echo, pool) }
      assert_includes error.message, "Billiard::Pool"
      error = assert_raises(TypeError) { Marshal.dump([pool]) }
      assert_includes error.message, "cannot be passed between processes"
    end
  end
end
