# frozen_string_literal: true

require_relative "support/test_case"

# How pools, results and queues end: in order, by the garbage collector, at exit, and by death.
class LifetimeTest < BilliardTest
  def open_files
    Dir.children("/proc/self/fd").size
  end

  def test_the_block_form_returns_its_value_and_ends_the_pool
    pool = nil
    pids = Billiard::Pool.open(workers: 2) { |made| (pool = made).wait_ready.workers.map(&:pid) }
    assert_equal 2, pids.size
    refute(pids.any? { |pid| process_alive?(pid) })
    assert_raises(Billiard::ClosedError) { pool.apply(:echo, 1) }
    assert_nil pool.release
  end

  def test_the_block_form_ends_the_pool_when_the_block_raises
    pids = nil
    assert_raises(KeyError) do
      Billiard::Pool.open(workers: 1) do |pool|
        pids = pool.wait_ready.workers.map(&:pid)
        raise KeyError
      end
    end
    refute(pids.any? { |pid| process_alive?(pid) })
  end

  def test_results_outlive_their_pool
    done, undone = Billiard::Queue.open(queue_name) do
      Billiard::Pool.open(workers: 1) do |pool|
        done = pool.apply_async(:echo, "kept")
        done.wait
        [done, pool.apply_async(:take, queue_name)]
      end
    end
    assert_equal "kept", done.value
    assert_raises(Billiard::Terminated) { undone.value }
  end

  def test_close_and_join_let_jobs_finish
    pool = Billiard::Pool.open(workers: 1)
    results = Array.new(20) { |i| pool.apply_async(:echo, i) }
    assert_same pool, pool.close
    assert_same pool, pool.join
    assert_equal [*0...20], (results.map { |result| result.value(timeout: 0) })
    assert_raises(Billiard::StateError) { pool.apply(:echo, 1) }
    pool.release
  end

  def test_join_tells_that_the_time_is_over
    with_held_job do |_result, _queue, pool|
      pool.close
      assert_nil pool.join(timeout: 0.01)
      assert_same pool, pool.terminate.join
    end
  end

  def test_a_release_ends_waits_under_way
    pool = Billiard::Pool.open(workers: 1)
    Billiard::Queue.open(queue_name) do
      result = pool.apply_async(:take, queue_name)
      waits = [-> { result.value }, -> { pool.close.join }].map { |wait| Thread.new(&wait) }
      waits.each do |thread|
        thread.report_on_exception = false
        wait_until_asleep(thread)
      end
      pool.release
      assert_raises(Billiard::Terminated) { waits.first.value }
      waits.last.join
    end
  end

  def test_forgotten_pools_are_ended_by_the_garbage_collector
    pids = Thread.new { Billiard::Pool.new(workers: 1).wait_ready.workers.map(&:pid) }.value
    wait_until do
      GC.start
      pids.none? { |pid| process_alive?(pid) }
    end
  end

  def test_a_result_keeps_its_pool
    result = Thread.new { Billiard::Pool.new(workers: 1).apply_async(:echo, "kept") }.value
    5.times { GC.start }
    assert_equal "kept", result.value
  end

  def test_many_pools_leave_no_files_open
    Billiard::Pool.open(workers: 1) { |pool| pool.apply(:echo, 1) }
    before = open_files
    30.times { Billiard::Pool.open(workers: 1) { |pool| pool.apply(:echo, 1) } }
    assert_operator open_files, :<=, before
  end

  def test_a_storm_of_dropped_handles
    Billiard::Pool.open(workers: 2, max_jobs: 100) do |pool|
      2000.times do |i|
        pool.apply_async(:echo, "x" * i)
        Billiard::Queue.new(capacity: 1).put(i) if (i % 20).zero?
        GC.start if (i % 200).zero?
      end
      assert_equal 7, pool.apply(:echo, 7)
    end
  end

  def test_results_that_were_read_give_their_place_back
    Billiard::Pool.open(workers: 1, max_jobs: 2) do |pool|
      GC.disable
      kept = Array.new(20) { |i| pool.apply_async(:echo, i, submit_timeout: 60).tap(&:value) }
      assert_equal [*0...20], kept.map(&:value)
      assert(kept.all?(&:ready?))
      assert_equal [kept.first.pid], kept.map(&:pid).uniq
    ensure
      GC.enable
    end
  end

  def test_a_full_pool
    Billiard::Queue.open(queue_name) do |queue|
      Billiard::Pool.open(workers: 1, max_jobs: 1) do |pool|
        held = pool.apply_async(:take, queue_name)
        assert_raises(Billiard::PoolFull) { pool.apply_async(:echo, 1, submit_timeout: 0) }
        assert_raises(Billiard::PoolFull) { pool.apply_async(:echo, 1, submit_timeout: 0.01) }
        waiting = Thread.new { pool.apply(:echo, 2) }
        wait_until_asleep(waiting)
        queue.put(HELD)
        assert_equal [HELD, 2], [held.value, waiting.value]
      end
    end
  end

  def test_garbage_collection_at_every_allocation
    Billiard::Pool.open(workers: 1) do |pool|
      queue = Billiard::Queue.new
      GC.stress = true
      values = Array.new(2) { |i| pool.apply(:echo, [i, "text"]) }
      values << queue.put("message").get
      assert_raises(Billiard::TaskError) { pool.apply(:missing_key) }
      GC.stress = false
      assert_equal [[0, "text"], [1, "text"], "message"], values
    ensure
      GC.stress = false
    end
  end

  Billiard.task(:missing_key) { {}.fetch(:missing) }

  def test_compaction_moves_nothing_that_the_library_holds
    Billiard::Pool.open(workers: 1, tasks: { own: ->(n) { n + 1 } }) do |pool|
      GC.compact if GC.respond_to?(:compact)
      assert_equal 2, pool.apply(:own, 1)
    end
  end

  def test_pools_are_ended_when_the_program_leaves
    program = <<~'RUBY'
      require "billiard"
      pool = Billiard::Pool.new(workers: 2)
      puts pool.wait_ready.workers.map(&:pid)
    RUBY
    pids = IO.popen(ruby(program), &:readlines).map(&:to_i)
    assert_equal 2, pids.size
    refute(pids.any? { |pid| process_alive?(pid) })
  end

  def test_a_killed_host_leaves_no_worker
    program = <<~'RUBY'
      require "billiard"
      pool = Billiard::Pool.new(workers: 2)
      puts pool.wait_ready.workers.map(&:pid), pool.stats.template_pid
      $stdout.flush
      sleep
    RUBY
    IO.popen(ruby(program)) do |host|
      pids = Array.new(3) { host.gets.to_i }
      Process.kill("KILL", host.pid)
      wait_until { pids.none? { |pid| process_alive?(pid) } }
    end
  end

  Billiard.task(:wait_in_ensure) do |begun, left|
    Billiard::Queue.open(begun) { |queue| queue.put(1) }
    sleep
  ensure
    Billiard::Queue.open(left) { |queue| queue.put("ensured") }
  end

  def test_a_terminated_worker_runs_its_ensure_clauses
    Billiard::Queue.open(queue_name("begun")) do |begun|
      Billiard::Queue.open(queue_name("left")) do |left|
        pool = Billiard::Pool.open(workers: 1)
        pool.apply_async(:wait_in_ensure, queue_name("begun"), queue_name("left"))
        begun.get
        Process.kill("TERM", pool.workers.first.pid)
        assert_equal "ensured", left.get
        pool.release
      end
    end
  end
end
