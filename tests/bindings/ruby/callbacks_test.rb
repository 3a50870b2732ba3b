# frozen_string_literal: true

require_relative "support/test_case"

# Callbacks run in Pool#pump and nowhere else.
class CallbacksTest < BilliardTest
  def pump_until(pool)
    pool.pump(nil) until yield
  end

  def test_callbacks_of_a_job_in_their_order
    told = []
    Billiard::Pool.open(workers: 1) do |pool|
      result = pool.apply_async(:echo, 42, correlation_id: "c-1",
                                           accept_callback: ->(pid, time) { told << [pid, time] },
                                           callback: ->(value) { told << [value, result.ready?] },
                                           error_callback: ->(_error) { told << :error })
      result.wait
      assert_empty told
      pump_until(pool) { told.size == 2 }
      assert_equal result.pid, told[0][0]
      assert_operator told[0][1], :<=, Process.clock_gettime(Process::CLOCK_MONOTONIC)
      assert_equal [42, true], told[1]
      assert_equal "c-1", result.correlation_id
      assert_predicate result, :accepted?
      assert_predicate result, :successful?
      assert_equal 0, pool.pump
    end
  end

  def test_a_failure_is_told_once
    told = []
    Billiard::Pool.open(workers: 1) do |pool|
      result = pool.apply_async(:no_arguments_here, callback: ->(value) { told << value },
                                                    error_callback: ->(error) { told << error })
      pump_until(pool) { told.any? }
      refute_predicate result, :successful?
    rescue Billiard::UnknownTask
      told << :refused
    end
    assert_equal 1, told.size
  end

  def test_an_error_reaches_its_callback
    errors = []
    Billiard.task(:raise_key_error) { raise KeyError, "missing" }
    Billiard::Pool.open(workers: 1) do |pool|
      pool.apply_async(:raise_key_error, error_callback: ->(error) { errors << error })
      pump_until(pool) { errors.any? }
    end
    assert_equal [Billiard::TaskError, "KeyError"], [errors[0].class, errors[0].class_name]
  end

  def test_a_limit_is_told
    told = []
    Billiard.task(:stay) { sleep }
    Billiard::Pool.open(workers: 1, watch_limits: true) do |pool|
      pool.apply_async(:stay, time_limit: 0.1,
                              timeout_callback: ->(soft, seconds) { told << [soft, seconds] },
                              error_callback: ->(error) { told << error.class })
      pump_until(pool) { told.size == 2 }
    end
    assert_equal [[false, 0.1], Billiard::TimeLimitExceeded], told
  end

  def test_limits_are_set_and_cancelled
    told = []
    options = { on_timeout_set: ->(id, soft, hard) { told << [id, soft, hard] },
                on_timeout_cancel: ->(id) { told << id } }
    Billiard::Pool.open(workers: 1, time_limit: 60, **options) do |pool|
      first = pool.apply_async(:echo, 1)
      second = pool.apply_async(:echo, 1, soft_time_limit: 30, time_limit: false)
      third = pool.apply_async(:echo, 1, time_limit: false)
      third.value
      pump_until(pool) { told.size == 4 }
      assert_equal [[[first.job_id, nil, 60.0], first.job_id], [[second.job_id, 30.0, nil], second.job_id]],
                   told.group_by { |event| [*event].first }.values
    end
  end

  def test_a_limit_that_nobody_watches
    Billiard::Pool.open(workers: 1) do |pool|
      assert_raises(Billiard::StateError) { pool.apply_async(:echo, 1, timeout_callback: -> {}) }
    end
  end

  def test_callbacks_may_use_the_pool
    told = []
    Billiard::Pool.open(workers: 1) do |pool|
      callback = lambda do |value|
        told << value
        assert_equal 0, pool.pump
        pool.apply_async(:echo, value + 1, callback: callback) if value < 3
        pool.close if value == 3
      end
      pool.apply_async(:echo, 1, callback: callback)
      pump_until(pool) { told.size == 3 }
      pool.join
    end
    assert_equal [1, 2, 3], told
  end

  def test_a_callback_that_raises
    told = []
    Billiard::Pool.open(workers: 1, callbacks_propagate: [KeyError]) do |pool|
      warned = capture_io do
        pool.apply_async(:echo, 1, accept_callback: ->(*) { raise "accept" },
                                   callback: ->(value) { told << value })
        pump_until(pool) { told.any? }
      end.last
      assert_includes warned, "Pool callback raised exception: "
      pool.apply_async(:echo, 2, callback: ->(_value) { raise KeyError, "propagated" })
      assert_raises(KeyError) { pool.pump(nil) }
      assert_equal 3, pool.apply(:echo, 3)
    end
    assert_equal [1], told
  end

  # GAP-13
  def test_a_callback_of_a_map_that_raises
    told = []
    Billiard::Pool.open(workers: 1) do |pool|
      warned = capture_io do
        @map = pool.map_async(:echo, [1, 2], callback: ->(_values) { raise "in a map" })
        pool.map_async(:echo, [3], callback: ->(values) { told << values })
        pump_until(pool) { told.any? }
      end.last
      assert_includes warned, "in a map"
      assert_predicate @map, :ready?
      assert_equal [1, 2], @map.value
    end
    assert_equal [[3]], told
  end

  # The end of a job is told once, whatever its acceptance's callback raises (GAP-14).
  def test_the_end_is_told_behind_an_error_that_leaves
    told = []
    Billiard::Pool.open(workers: 1, callbacks_propagate: [Billiard::Error]) do |pool|
      pool.apply_async(:echo, 1, accept_callback: ->(*) { raise Billiard::StateError, "propagated" },
                                 error_callback: ->(error) { told << error },
                                 callback: ->(value) { told << value }).wait
      error = assert_raises(Billiard::StateError) { pool.pump(nil) while told.empty? }
      assert_equal "propagated", error.message
      pump_until(pool) { told.any? }
    end
    assert_equal [1], told
  end

  # POOL-87
  def test_a_slow_callback_delays_the_others
    told = []
    Billiard::Pool.open(workers: 1) do |pool|
      second = nil
      pool.apply_async(:echo, 1, callback: lambda do |value|
        second.wait # its outcome is there, its callback waits
        told << value
      end)
      second = pool.apply_async(:echo, 2, callback: ->(value) { told << value })
      pump_until(pool) { told.size == 2 }
    end
    assert_equal [1, 2], told
  end

  # POOL-72
  def test_the_text_of_a_result
    with_held_job do |held, queue, pool|
      queued = pool.apply_async(:echo, 1)
      wait_until_begun(pool, held)
      assert_equal ["#<Billiard::Result job=#{held.job_id} accepted=true ready=false>",
                    "#<Billiard::Result job=#{queued.job_id} accepted=false ready=false>"],
                   [held.inspect, queued.to_s]
      queue.put(HELD)
      queued.wait
      assert_match(/accepted=true ready=true/, queued.inspect)
      assert_match(/MapResult job=\d+ accepted=(true|false) ready=/, pool.map_async(:echo, [1]).inspect)
      queued.discard
      assert_match(/discarded/, queued.inspect)
    end
  end

  def test_a_discarded_job_calls_nothing
    told = []
    Billiard::Pool.open(workers: 1) do |pool|
      pool.apply_async(:echo, 1, callback: ->(value) { told << value }).discard
      pool.apply_async(:echo, 2, callback: ->(value) { told << value })
      pump_until(pool) { told.any? }
      pool.close.join
      pool.pump
    end
    assert_equal [2], told
  end

  def test_jobs_of_many_threads
    told = Thread::Queue.new
    Billiard::Pool.open(workers: 2) do |pool|
      threads = Array.new(4) do |t|
        Thread.new do
          50.times { |i| pool.apply_async(:echo, (t * 50) + i, callback: ->(value) { told << value }) }
        end
      end
      pump_until(pool) { told.size == 200 }
      threads.each(&:join)
    end
    assert_equal [*0...200], Array.new(told.size) { told.pop }.sort
  end

  def test_pump_waits_as_long_as_it_is_told
    Billiard::Pool.open(workers: 1) { |pool| assert_equal 0, pool.pump(0.02) }
    with_held_job do |_held, queue, pool|
      told = []
      pool.apply_async(:echo, 1, callback: ->(value) { told << value })
      pumping = Thread.new { pool.pump(nil) until told.any? }
      wait_until_asleep(pumping)
      queue.put(HELD)
      pumping.join
      assert_equal [1], told
    end
  end

  def test_wrong_callbacks
    Billiard::Pool.open(workers: 1) do |pool|
      error = assert_raises(TypeError) { pool.apply_async(:echo, 1, callback: 7) }
      assert_includes error.message, "callback"
    end
    assert_raises(TypeError) { Billiard::Pool.open(workers: 1, callbacks_propagate: ["KeyError"]) }
  end
end
