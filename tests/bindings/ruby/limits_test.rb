# frozen_string_literal: true

require_relative "support/test_case"

# Time limits, memory limits, recycled workers, jobs that are ended, expire or are run again.
class LimitsTest < BilliardTest
  LIMIT = 0.1

  Billiard.task(:sleep_for_ever) { sleep }
  Billiard.task(:turn_for_ever) { loop { nil } }
  Billiard.task(:clean_up_at_limit) do
    sleep
  rescue Billiard::SoftTimeLimitExceeded => e
    "cleaned: #{e.message}"
  end
  Billiard.task(:ignore_limit) do |name|
    sleep
  rescue Billiard::SoftTimeLimitExceeded
    Billiard::Queue.open(name, &:get)
  end
  Billiard.task(:grow_by) do |kib|
    @kept = "x" * (kib * 1024)
    Process.pid
  end
  Billiard.task(:grow_and_stay) do |kib|
    @kept = "x" * (kib * 1024)
    sleep
  end
  Billiard.task(:die_unless_told) do |name|
    Billiard::Queue.open(name) { |queue| queue.get(timeout: 0) }
    Process.kill("KILL", Process.pid)
    sleep
  rescue Billiard::Queue::Empty
    "second"
  end

  def with_pool(**options, &block)
    Billiard::Pool.open(workers: 1, **options, &block)
  end

  def test_a_hard_limit_ends_the_job_and_its_worker_only
    with_pool do |pool|
      %i[sleep_for_ever turn_for_ever].each do |task|
        error = assert_raises(Billiard::TimeLimitExceeded) { pool.apply(task, time_limit: LIMIT) }
        refute_nil error.pid
        wait_until { !process_alive?(error.pid) }
      end
      assert_equal 1, pool.apply(:echo, 1)
      assert_equal 2, pool.stats.timed_out
      assert_operator pool.workers.first.memory_kib, :>, 0
    end
  end

  def test_the_limit_of_a_pool_and_jobs_without_it
    with_pool(time_limit: LIMIT) do |pool|
      assert_raises(Billiard::TimeLimitExceeded) { pool.apply(:sleep_for_ever) }
      Billiard::Queue.open(queue_name) do |queue|
        result = pool.apply_async(:take, queue_name, time_limit: false)
        refute result.wait(LIMIT * 3)
        queue.put(HELD)
        assert_equal HELD, result.value
      end
    end
  end

  def test_a_soft_limit_is_raised_in_the_task
    with_pool(soft_time_limit: LIMIT) do |pool|
      assert_match(/\Acleaned: .*soft/, pool.apply(:clean_up_at_limit))
      error = assert_raises(Billiard::SoftTimeLimitExceeded) { pool.apply(:turn_for_ever) }
      assert_kind_of Billiard::TaskError, error
      assert_equal ["TASK_FAILED", "SoftTimeLimitExceeded"], [error.status_name, error.class_name]
      assert_equal 1, pool.apply(:echo, 1)
    end
  end

  def test_a_soft_limit_comes_once
    with_pool do |pool|
      Billiard::Queue.open(queue_name) do |queue|
        result = pool.apply_async(:ignore_limit, queue_name, soft_time_limit: LIMIT / 10)
        refute result.wait(LIMIT)
        queue.put(HELD)
        assert_equal HELD, result.value
      end
    end
  end

  # Code that rescues everything ends neither the pool's knowledge of the limit nor the task's.
  def test_a_soft_limit_is_not_lost_to_who_rescues_everything
    Billiard.task(:rescue_everything) do
      before = Billiard.soft_limit_reached?
      begin
        sleep
      rescue Exception # rubocop:disable Lint/RescueException
        nil # whatever it was
      end
      [before, Billiard.soft_limit_reached?]
    end
    Billiard.task(:ask_limit) { Billiard.soft_limit_reached? }
    told = []
    with_pool(watch_limits: true) do |pool|
      result = pool.apply_async(:rescue_everything, soft_time_limit: LIMIT,
                                                    timeout_callback: ->(soft, _limit) { told << soft })
      assert_equal [false, true], result.value
      pool.pump(nil) while told.empty?
      assert_equal [true], told
      assert_equal false, pool.apply(:ask_limit) # the next job
    end
    assert_equal false, Billiard.soft_limit_reached?
  end

  # GAP-23
  def test_a_stray_signal_ends_no_worker
    Billiard.task(:signal_itself) { Process.kill("USR1", Process.pid) && Process.pid }
    with_pool do |pool|
      pid = pool.apply(:signal_itself)
      Process.kill("USR1", pid)
      assert_equal pid, pool.apply(:pid)
      assert_predicate pool, :did_start_ok?
    end
  end

  # Jobs that end about when their limit comes: no other job, and no idle worker, is hit.
  def test_a_soft_limit_hits_no_neighbour
    Billiard.task(:sleep_for) { |seconds| sleep(seconds) && true }
    with_pool do |pool|
      pid = pool.apply(:pid)
      50.times do |i|
        limited = pool.apply_async(:sleep_for, 0.002, soft_time_limit: 0.001 + (i * 0.00004))
        neighbour = pool.apply_async(:echo, i)
        begin
          limited.value
        rescue Billiard::SoftTimeLimitExceeded
          nil
        end
        assert_equal i, neighbour.value
      end
      assert_equal pid, pool.apply(:pid)
    end
  end

  def test_workers_are_recycled
    with_pool(max_tasks_per_child: 2) do |pool|
      pids = Array.new(6) { pool.apply(:pid) }
      assert_equal 3, pids.uniq.size
      assert_equal pids.each_slice(2).map(&:first), pids.each_slice(2).map(&:last)
      assert_operator pool.stats.restarts_recycled, :>=, 2
    end
  end

  def test_a_worker_that_has_grown_is_replaced_after_its_job
    with_pool(max_memory_per_child: 20_000) do |pool|
      first = pool.apply(:grow_by, 24_000)
      refute_equal first, pool.apply(:pid)
    end
  end

  def test_a_worker_that_has_grown_too_much_is_ended
    with_pool(max_memory_per_child: 10_000) do |pool|
      assert_raises(Billiard::MemoryLimitExceeded) { pool.apply(:grow_and_stay, 60_000) }
      assert_equal 1, pool.apply(:echo, 1)
    end
  end

  def test_one_job_is_terminated
    with_held_job do |held, queue, pool|
      wait_until_begun(pool, held)
      queued = pool.apply_async(:echo, 1)
      queued.terminate
      assert_raises(Billiard::Terminated) { queued.value(timeout: 0) }
      held.terminate(:KILL)
      error = assert_raises(Billiard::Terminated) { held.value(timeout: 0) }
      assert_equal 9, error.signal
      done = pool.apply_async(:echo, 2)
      assert_equal 2, done.value
      assert_equal 2, done.terminate.value
      assert_raises(ArgumentError) { queued.terminate("NOSUCH") }
      assert_raises(TypeError) { queued.terminate(1.5) }
    end
  end

  def test_the_job_of_a_worker_is_terminated
    with_held_job do |held, _queue, pool|
      wait_until_begun(pool, held)
      pool.terminate_job(held.pid, job: held.job_id + 1)
      pool.terminate_job(2**30)
      refute_predicate held, :ready?
      pool.terminate_job(held.pid, "TERM", job: held.job_id)
      assert_raises(Billiard::Terminated) { held.value }
      assert_equal 1, pool.apply(:echo, 1)
    end
  end

  def test_a_job_expires_in_the_queue
    with_held_job do |held, queue, pool|
      expired = pool.apply_async(:echo, 1, expires: LIMIT)
      assert_raises(Billiard::ExpiredError) { expired.value }
      queue.put(HELD)
      assert_equal HELD, held.value
      assert_equal 2, pool.apply(:echo, 2, expires: 60)
      assert_equal 1, pool.stats.expired
    end
  end

  def test_a_job_is_run_again_when_its_worker_dies
    Billiard::Queue.open(queue_name) do |queue|
      with_pool do |pool|
        queue.put(1)
        assert_equal "second", pool.apply(:die_unless_told, queue_name, retries: 1)
        queue.put(1)
        assert_raises(Billiard::WorkerLostError) { pool.apply(:die_unless_told, queue_name) }
      end
    end
  end

  def test_too_many_restarts_fail_the_pool
    Billiard.task(:kill_worker) { Process.kill("KILL", Process.pid) && sleep }
    error = assert_raises(Billiard::RestartFreqExceeded, Billiard::PoolFailed) do
      # Every worker dies before it is ready, so no job sets the count back.
      with_pool(max_restarts: 2, max_restart_freq: 60, max_boot_failures: false,
                initializer: -> { exit!(9) }) { |pool| pool.apply(:echo, 1) }
    end
    assert_kind_of Billiard::RestartFreqExceeded, error
    assert_match(/ in 60s/, error.message)
  end

  def test_wrong_options_are_named
    { time_limit: -1, soft_time_limit: -0.5, terminate_grace: -1, max_tasks_per_child: 0,
      max_restarts: -1, max_restart_freq: -1, max_workers: 0,
      max_memory_per_child: -1 }.each do |name, value|
      error = assert_raises(ArgumentError) { with_pool(name => value) }
      assert_includes error.message, name.to_s
    end
    { time_limit: "1", soft_time_limit: [], max_tasks_per_child: 1.5, max_workers: "2",
      max_restarts: :a, max_memory_per_child: 2.0 }.each do |name, value|
      error = assert_raises(TypeError) { with_pool(name => value) }
      assert_includes error.message, name.to_s
    end
    assert_raises(ArgumentError) { with_pool(no_such_option: 1) }
  end

  def test_wrong_options_of_a_job_are_named
    with_pool do |pool|
      assert_raises(TypeError) { pool.apply_async(:echo, 1, time_limit: "1") }
      assert_raises(ArgumentError) { pool.apply_async(:echo, 1, expires: 0) }
      assert_raises(ArgumentError) { pool.apply_async(:echo, 1, retries: -1) }
      assert_raises(TypeError) { pool.apply_async(:echo, 1, retries: nil) }
      assert_raises(ArgumentError) { pool.apply_async(:echo, 1, no_such_option: 1) }
      assert_equal 1, pool.apply(:echo, 1, time_limit: 60, soft_time_limit: 30, retries: 3)
    end
  end

  def test_limits_that_mean_none
    with_pool(time_limit: 0, soft_time_limit: nil, max_memory_per_child: 0, max_restarts: 0) do |pool|
      assert_equal 1, pool.apply(:echo, 1, time_limit: 0, soft_time_limit: -1)
    end
  end
end
