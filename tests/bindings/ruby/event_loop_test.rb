# frozen_string_literal: true

require_relative "support/small_scheduler"
require_relative "support/test_case"

# Pools without a thread of the library: the program's own loop does their work.
class EventLoopTest < BilliardTest
  def with_pool(**options, &block)
    Billiard::Pool.open(workers: 2, threads: false, **options, &block)
  end

  def test_a_loop_with_select
    told = []
    with_pool do |pool|
      5.times { |i| pool.apply_async(:echo, i, callback: ->(value) { told << value }) }
      until told.size == 5
        IO.select([pool])
        pool.pump
      end
    end
    assert_equal [*0...5], told.sort
  end

  def test_calls_that_wait_do_the_work
    with_pool do |pool|
      pool.wait_ready
      assert_equal 1, pool.apply(:echo, 1)
      assert_equal [1, 2, 3], pool.map(:echo, [1, 2, 3])
      assert_equal [1, 2, 3], pool.imap(:echo, [1, 2, 3]).to_a
      pool.close.join
    end
  end

  def test_dead_workers_are_replaced_and_limits_kept
    with_pool do |pool|
      victim = pool.apply(:pid)
      Process.kill("KILL", victim)
      assert_equal 1, pool.apply(:echo, 1)
      Billiard::Queue.open(queue_name) do
        assert_raises(Billiard::TimeLimitExceeded) { pool.apply(:take, queue_name, time_limit: 0.1) }
      end
      wait_until do
        pool.pump
        pool.stats.ready == 2
      end
      refute_includes pool.workers.map(&:pid), victim
    end
  end

  # POOL-128
  def test_limits_hold_while_the_pool_is_closing
    Billiard::Queue.open(queue_name) do
      with_pool do |pool|
        endless = pool.apply_async(:take, queue_name, time_limit: 0.1)
        pool.close.join
        assert_raises(Billiard::TimeLimitExceeded) { endless.value(timeout: 0) }
      end
    end
  end

  def test_no_thread_of_the_library
    before = Dir.children("/proc/self/task").size
    with_pool(on_process_up: ->(_worker) {}) do |pool|
      pool.apply(:echo, 1)
      pool.pump
      assert_equal before, Dir.children("/proc/self/task").size
    end
  end

  def test_fibers_do_the_work
    values = []
    thread = Thread.new do
      Fiber.set_scheduler(SmallScheduler.new)
      Fiber.schedule do
        with_pool do |pool|
          waiting = Array.new(10) { |i| Fiber.schedule { values << pool.apply(:echo, i) } }
          Fiber.schedule { values << :other }
          sleep 0.001 while waiting.any?(&:alive?)
        end
      end
    end
    thread.join
    assert_equal :other, values.delete(:other)
    assert_equal [*0...10], values.sort
  end
end
