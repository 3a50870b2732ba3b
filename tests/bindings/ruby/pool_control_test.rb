# frozen_string_literal: true

require_relative "support/test_case"

# The workers of a running pool: how many, replacing them, watching them, what runs in them.
class PoolControlTest < BilliardTest
  def pids(pool)
    pool.workers.filter_map(&:pid)
  end

  def wait_for_workers(pool, count)
    wait_until { pool.workers.count { |worker| worker.pid && worker.state != :leaving } == count }
  end

  def test_a_pool_grows_and_shrinks
    Billiard::Pool.open(workers: 1, max_workers: 3) do |pool|
      pool.grow(2)
      wait_for_workers(pool, 3)
      assert_raises(Billiard::Error) { pool.grow }
      pool.shrink(2)
      wait_for_workers(pool, 1)
      pool.grow(0).shrink(0)
      assert_equal 1, pool.apply(:echo, 1)
      assert_raises(ArgumentError) { pool.grow(-1) }
      assert_raises(ArgumentError) { pool.shrink(-1) }
      assert_raises(TypeError) { pool.grow("1") }
      assert_raises(ArgumentError) { pool.grow(1, group: "none") }
    end
  end

  def test_busy_workers_stay
    with_held_job do |held, queue, pool|
      pool.grow
      wait_for_workers(pool, 2)
      second = pool.apply_async(:take, queue_name)
      [held, second].each { |result| wait_until_begun(pool, result) }
      error = assert_raises(Billiard::StateError) { pool.shrink }
      assert_includes error.message, "Can't shrink pool. All processes busy!"
      pool.shrink(1, drain: true)
      2.times { queue.put(HELD) }
      assert_equal [HELD, HELD], [held.value, second.value]
      wait_for_workers(pool, 1)
    end
  end

  def test_a_restart_replaces_every_worker
    Billiard::Pool.open(workers: 2) do |pool|
      pool.wait_ready
      before = pids(pool)
      assert_predicate pool, :did_start_ok?
      pool.restart
      wait_until { (pids(pool) & before).empty? && pool.stats.ready == 2 }
      refute_predicate pool, :did_start_ok?
      pool.maintain_pool
      pool.close
      assert_raises(Billiard::StateError) { pool.restart }
    end
  end

  def test_a_sentinel_tells_of_a_worker_s_end
    Billiard::Pool.open(workers: 1) do |pool|
      pid = pool.apply(:pid)
      sentinel = pool.process_sentinel(pid)
      refute IO.select([sentinel], nil, nil, 0)
      Process.kill("KILL", pid)
      assert IO.select([sentinel])
      sentinel.close
      assert_raises(Billiard::NotFoundError) { pool.process_sentinel(2**30) }
    end
  end

  def test_workers_that_come_and_go_are_told_of
    told = []
    record = ->(event) { ->(worker) { told << [event, worker] } }
    Billiard::Pool.open(workers: 2, on_process_up: record.(:up), on_process_down: record.(:down)) do |pool|
      assert_equal [[:up, 0], [:up, 1]], told.map { |event, worker| [event, worker.index] }
      victim = pool.apply(:pid)
      Process.kill("KILL", victim)
      pool.pump(nil) until told.size == 4
      event, worker = told[2]
      assert_equal [:down, victim, -9, "default"],
                   [event, worker.pid, worker.exit_status, worker.group]
      assert_equal [:up, worker.index, nil], [told[3][0], told[3][1].index, told[3][1].exit_status]
    end
  end

  def test_hooks_run_in_the_worker_in_their_order
    Billiard::Queue.open(queue_name) do |queue|
      tell = ->(text) { Billiard::Queue.open(queue_name) { |named| named.put(text) } }
      Billiard::Pool.open(workers: 1, max_tasks_per_child: 1,
                          initializer: -> { tell.("initializer #{Process.pid}") },
                          on_loop_start: ->(pid) { tell.("start #{pid}") },
                          on_loop_stop: ->(pid) { tell.("stop #{pid}") },
                          on_process_exit: ->(pid, code) { tell.("exit #{pid} #{code}") }) do |pool|
        pid = pool.apply(:pid)
        said = []
        said << queue.get until said.last == "exit #{pid} 155"
        own = said.select { |text| text.split[1] == pid.to_s }
        assert_equal ["initializer #{pid}", "start #{pid}", "stop #{pid}", "exit #{pid} 155"], own
      end
    end
  end

  # POOL-95
  def test_values_are_prepared
    prepare = lambda do |value|
      raise KeyError, "not this one" if value == 3

      { "value" => value, "pid" => Process.pid }
    end
    Billiard::Pool.open(workers: 1, prepare_result: prepare) do |pool|
      pid = pool.apply(:pid)["pid"]
      refute_equal Process.pid, pid
      assert_equal [{ "value" => 1, "pid" => pid }, { "value" => nil, "pid" => pid }], pool.map(:echo, [1, nil])
      error = assert_raises(Billiard::TaskError) { pool.apply(:echo, 3) }
      assert_equal "KeyError", error.class_name
      assert_equal pid, pool.apply(:pid)["pid"]
    end
    assert_raises(TypeError) { Billiard::Pool.open(workers: 1, prepare_result: 7) }
  end

  def test_hooks_of_a_worker_that_is_terminated
    Billiard::Queue.open(queue_name) do |queue|
      tell = ->(*words) { Billiard::Queue.open(queue_name) { |named| named.put(words.last) } }
      Billiard::Pool.open(workers: 1, on_process_exit: tell, terminate_grace: 60) do |pool|
        wait_until_begun(pool, pool.apply_async(:take, queue_name("never")))
        pool.terminate
        assert_equal(-15, queue.get)
      end
    end
  end

  def test_an_initializer_that_raises
    error = assert_raises(Billiard::PoolFailed) do
      Billiard::Pool.open(workers: 1, max_boot_failures: 2,
                          initializer: -> { raise KeyError, "no database" }, &:wait_ready)
    end
    assert_match(/KeyError: no database/, error.message)
  end

  def test_wrong_hooks
    error = assert_raises(TypeError) { Billiard::Pool.open(workers: 1, initializer: 7) }
    assert_equal "initializer must be a callable", error.message
    error = assert_raises(TypeError) { Billiard::Pool.open(workers: 1, on_process_exit: 7) }
    assert_equal "on_process_exit must be callable", error.message
    assert_raises(TypeError) { Billiard::Pool.open(workers: 1, on_process_up: 7) }
    assert_raises(ArgumentError) do
      Billiard::Pool.open(workers: 1, command: ["true"], initializer: -> {})
    end
  end
end
