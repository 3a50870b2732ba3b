# frozen_string_literal: true

require_relative "support/small_scheduler"
require_relative "support/test_case"

# Under a fiber scheduler a wait stops its fiber, not the thread.
class FiberSchedulerTest < BilliardTest
  # Runs the block in a thread with a scheduler, until all its fibers have ended.
  def with_fibers
    thread = Thread.new do
      Fiber.set_scheduler(SmallScheduler.new)
      yield
    end
    thread.report_on_exception = false
    thread.join
  end

  def test_fibers_wait_side_by_side
    order = []
    Billiard::Queue.open(queue_name) do |queue|
      Billiard::Pool.open(workers: 1) do |pool|
        with_fibers do
          Fiber.schedule { order << pool.apply(:take, queue_name) }
          Fiber.schedule do
            order << :second_fiber_runs
            queue.put(HELD)
          end
        end
      end
    end
    assert_equal [:second_fiber_runs, HELD], order
  end

  def test_many_fibers_wait_for_many_jobs
    values = []
    Billiard::Pool.open(workers: 2) do |pool|
      with_fibers { 200.times { |i| Fiber.schedule { values << pool.apply(:echo, i) } } }
    end
    assert_equal [*0...200], values.sort
  end

  def test_fibers_of_several_threads
    values = Thread::Queue.new
    Billiard::Pool.open(workers: 2) do |pool|
      threads = Array.new(3) do |t|
        numbers = [*(t * 50)...((t + 1) * 50)]
        Thread.new do
          with_fibers { numbers.each { |i| Fiber.schedule { values << pool.apply(:echo, i) } } }
        end
      end
      threads.each(&:join)
    end
    assert_equal [*0...150], Array.new(values.size) { values.pop }.sort
  end

  def test_several_fibers_wait_for_one_result
    values = []
    with_held_job do |_held, queue, pool|
      queue.put(HELD)
      with_fibers do
        result = pool.apply_async(:take, queue_name)
        3.times { Fiber.schedule { values << result.value } }
        Fiber.schedule { queue.put("again") }
      end
    end
    assert_equal %w[again again again], values
  end

  def test_a_timeout_stops_one_fiber_only
    outcomes = []
    with_held_job do |_held, queue, pool|
      with_fibers do
        Fiber.schedule do
          pool.apply(:echo, 1, timeout: 0.02)
        rescue Billiard::TimeoutError
          outcomes << :timeout
          queue.put(HELD)
        end
        Fiber.schedule { outcomes << pool.apply(:echo, 2) }
      end
    end
    assert_equal [:timeout, 2], outcomes
  end

  Billiard.task(:wait_in_many_ways) do
    sleep 0.001
    Timeout.timeout(0.001) { sleep }
  rescue Timeout::Error
    [Thread.new { sleep(0.001) && 1 }.value, Thread::Queue.new.tap { |queue| queue << 2 }.pop, `echo 3`.to_i]
  end

  # Its workers are forks of a fiber, and of the host's scheduler.
  def test_tasks_of_a_pool_made_in_a_fiber
    values = []
    with_fibers do
      Fiber.schedule do
        Billiard::Pool.open(workers: 1, soft_time_limit: 60) do |pool|
          values << pool.apply(:wait_in_many_ways)
          worker = pool.apply(:pid)
          Process.kill("KILL", worker)
          wait_until { !process_alive?(worker) }
          values << pool.apply(:wait_in_many_ways) # of one that came later
          assert_raises(Billiard::SoftTimeLimitExceeded) { pool.apply(:take, queue_name, soft_time_limit: 0.05) }
        end
      end
    end
    assert_equal [[1, 2, 3]] * 2, values
  end

  def test_results_of_before_the_scheduler
    with_held_job do |held, queue|
      values = []
      with_fibers do
        Fiber.schedule { values << held.value }
        Fiber.schedule { queue.put(HELD) }
      end
      assert_equal [HELD], values
    end
  end

  def test_queues
    got = []
    queue = Billiard::Queue.new(capacity: 1)
    with_fibers do
      Fiber.schedule { 5.times { got << queue.get } }
      Fiber.schedule { 5.times { |i| queue.put(i) } }
    end
    assert_equal [*0...5], got
  end

  def test_the_descriptor_without_a_scheduler
    Billiard::Pool.open(workers: 1) do |pool|
      results = Array.new(5) { |i| pool.apply_async(:echo, i, notify: true) }
      ended = []
      until ended.size == 5
        IO.select([pool])
        ended.concat(pool.drain)
      end
      assert_equal results.map(&:job_id), ended.sort
      assert_empty pool.drain
      assert(results.all?(&:ready?))
    end
  end

  def test_maps_and_iterations
    values = []
    with_held_job do |_held, queue, pool|
      with_fibers do
        Fiber.schedule { values << pool.map(:echo, [1, 2]) }
        Fiber.schedule { values << pool.imap(:echo, [3, 4]).to_a }
        Fiber.schedule do
          values << :third_fiber_runs
          queue.put(HELD)
        end
      end
    end
    assert_equal [:third_fiber_runs, [1, 2], [3, 4]], [values.shift, *values.sort]
  end

  def test_a_fiber_pumps_while_others_wait
    told = []
    with_held_job do |_held, queue, pool|
      with_fibers do
        Fiber.schedule { pool.pump(nil) until told.include?(2) }
        Fiber.schedule { told << pool.apply(:echo, 1) }
        Fiber.schedule { pool.apply_async(:echo, 2, callback: ->(value) { told << value }) }
        Fiber.schedule { queue.put(HELD) }
      end
    end
    assert_equal [1, 2], told.sort
  end
end
