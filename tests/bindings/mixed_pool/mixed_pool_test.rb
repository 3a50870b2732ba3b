# frozen_string_literal: true

# A Ruby host with Go workers and C workers in one pool. Workers are kept busy by tasks that wait for
# a message, and are let go by putting one: nothing here depends on time.
#
#   mixed_pool_test.rb GO_WORKER C_WORKER EXAMPLE

require "minitest/autorun"
require "billiard"
require "open3"
require "securerandom"

GO_WORKER, C_WORKER, EXAMPLE = ARGV.shift(3).map { |path| File.expand_path(path) }

class MixedPoolTest < Minitest::Test
  WATCHDOG_SECONDS = 120
  WORKERS = 2

  def setup
    @watchdog = Thread.new do
      sleep WATCHDOG_SECONDS
      warn "#{name}: no end after #{WATCHDOG_SECONDS} s"
      exit!(99)
    end
    @queue_name = "mixed-pool-#{SecureRandom.hex(8)}-#{name}"
  end

  def teardown
    @watchdog.kill
  end

  def test_each_group_knows_its_own_tasks
    with_pool do |pool|
      assert_equal 42, pool.apply(:c_sum, 40, 2)
      assert_equal 42, pool.apply(:go_add, 40, 2)
      assert_includes pids(pool, "c"), pool.apply(:c_pid)
      assert_includes pids(pool, "go"), pool.apply(:go_pid)
    end
  end

  def test_c_tasks_run_while_all_go_workers_are_busy
    other_group_runs(busy: "go", other: "c", add: :c_sum)
  end

  def test_go_tasks_run_while_all_c_workers_are_busy
    other_group_runs(busy: "c", other: "go", add: :go_add)
  end

  def test_a_task_that_no_group_knows_is_an_error
    with_pool do |pool|
      error = assert_raises(Billiard::UnknownTask) { pool.apply(:lua_sum, 1) }
      assert_includes error.message, "lua_sum"
      assert_equal 3, pool.apply(:c_sum, 1, 2)
    end
  end

  def test_a_lost_worker_of_one_group_leaves_the_other_alone
    with_pool do |pool|
      before = pids(pool, "c")
      with_busy_workers(pool, "go") do |held|
        victim = pool.workers.find { |worker| worker.job_id == held.first.job_id }
        Process.kill("KILL", victim.pid)
        error = assert_raises(Billiard::WorkerLostError) { held.shift.value }
        assert_equal victim.pid, error.pid
        assert_equal 3, pool.apply(:c_sum, 1, 2)
      end
      assert_equal 3, pool.apply(:go_add, 1, 2)
      assert_equal before, pids(pool, "c")
    end
  end

  def test_the_example_runs
    output, status = Open3.capture2(EXAMPLE, GO_WORKER, C_WORKER)
    assert status.success?
    assert_match(/^ruby: hello you/, output)
    assert_match(/^go: ba7816bf8f01cfea/, output)
    assert_match(/^c: 42$/, output)
  end

  private

  def with_pool(&block)
    groups = [{ name: "go", workers: WORKERS, command: [GO_WORKER] },
              { name: "c", workers: WORKERS, command: [C_WORKER] }]
    Billiard::Pool.open(groups: groups) { |pool| block.call(pool.wait_ready) }
  end

  def pids(pool, group)
    pool.workers.select { |worker| worker.group == group }.map(&:pid)
  end

  # All workers of one group are busy, and more jobs wait for them; those of the other group start and
  # finish nevertheless.
  def other_group_runs(busy:, other:, add:)
    with_pool do |pool|
      with_busy_workers(pool, busy) do |held|
        waiting = Array.new(10) { pool.apply_async("#{busy}_pid") }
        sums = Array.new(50) { |i| pool.apply_async(add, i, 1) }
        assert_equal (1..50).to_a, sums.map(&:value)
        assert(pids(pool, other).any? { |pid| sums.map(&:pid).include?(pid) })
        assert(held.none?(&:ready?), "a job that waits for a message has ended without one")
        assert(waiting.none?(&:ready?), "a job began although its group was busy")
        held.concat(waiting)
      end
    end
  end

  # Gives the block the jobs that keep every worker of the group busy; lets go of them after it.
  def with_busy_workers(pool, group)
    Billiard::Queue.open(@queue_name) do |queue|
      held = Array.new(WORKERS) { pool.apply_async("#{group}_take", @queue_name) }
      sleep 0.001 until busy_jobs(pool, group).sort == held.map(&:job_id).sort
      yield held
      WORKERS.times { queue.put("go") }
      held.each(&:value)
    end
  end

  def busy_jobs(pool, group)
    pool.workers.select { |worker| worker.group == group && worker.busy? }.map(&:job_id)
  end
end
