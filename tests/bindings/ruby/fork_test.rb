# frozen_string_literal: true

require_relative "support/test_case"

# Ruby's own fork beside pools and queues.
class ForkTest < BilliardTest
  def test_a_pool_belongs_to_its_process
    with_held_job do |result, queue, pool|
      calls = [-> { pool.apply_async(:echo, 1) }, -> { pool.stats }, -> { pool.close },
               -> { pool.terminate }, -> { pool.join }, -> { pool.wait_ready }, -> { pool.workers },
               -> { pool.drain }, -> { result.value }, -> { result.wait }]
      calls.each { |call| assert_equal "Billiard::ForkedError", in_child(&call) }
      assert_equal false, in_child { result.ready? }
      queue.put(HELD)
      assert_equal HELD, result.value
    end
  end

  def test_a_child_that_leaves_or_releases_does_not_touch_the_pool
    Billiard::Pool.open(workers: 1) do |pool|
      pid = pool.apply(:pid)
      assert_nil(in_child { pool.release })
      Process.wait(fork { GC.start }) # leaves with at_exit handlers and finalizers
      assert_equal pid, pool.apply(:pid)
    end
  end

  def test_a_child_makes_a_pool_of_its_own
    Billiard::Pool.open(workers: 1) do |pool|
      assert_equal 5, in_child { Billiard::Pool.open(workers: 1) { |own| own.apply(:echo, 5) } }
      assert_equal 6, pool.apply(:echo, 6)
    end
  end

  def test_a_second_pool_beside_and_behind_the_first
    Billiard::Pool.open(workers: 1) do |first|
      assert_equal 1, first.apply(:echo, 1)
      Billiard::Pool.open(workers: 1) do |second|
        assert_equal [2, 3], [second.apply(:echo, 2), first.apply(:echo, 3)]
      end
    end
    Billiard::Pool.open(workers: 1) { |third| assert_equal 4, third.apply(:echo, 4) }
  end

  Billiard.task(:nested) do |levels|
    next "innermost" if levels.zero?

    Billiard::Pool.open(workers: 1) { |inner| inner.apply(:nested, levels - 1) }
  end

  def test_pools_inside_workers_three_levels_deep
    Billiard::Pool.open(workers: 1) do |pool|
      2.times { assert_equal "innermost", pool.apply(:nested, 2) }
    end
  end

  def test_an_anonymous_queue_is_shared
    queue = Billiard::Queue.new
    queue.put("from parent")
    assert_equal("from parent", in_child { queue.get.tap { queue.put("from child") } })
    assert_equal "from child", queue.get
  end

  def test_a_child_waits_and_is_interrupted
    queue = Billiard::Queue.new
    answer = in_child do
      Timeout.timeout(0.02) { queue.get }
    rescue Timeout::Error
      "timeout"
    end
    assert_equal "timeout", answer
  end

  def test_the_host_waits_for_its_own_children_only
    Billiard::Pool.open(workers: 2) do |pool|
      pool.wait_ready
      assert_raises(Errno::ECHILD) { Process.wait(-1) }
      assert_equal "sub", `echo sub`.chomp
      assert_predicate Process.last_status, :success?
    end
  end

  def test_hooks_around_fork_run
    Billiard::Pool.open(workers: 1) { |pool| assert_equal 1, pool.apply(:echo, 1) }
    program = <<~'RUBY'
      require "billiard"
      module Hook
        def _fork
          super.tap { |pid| $forked = pid.zero? }
        end
      end
      Process.singleton_class.prepend(Hook)
      Billiard.task(:forked) { $forked }
      print Billiard::Pool.open(workers: 1) { |pool| pool.apply(:forked) }
    RUBY
    assert_equal "true", IO.popen(ruby(program), &:read)
  end

  def test_a_hook_around_fork_that_raises_is_named
    program = <<~'RUBY'
      require "billiard"
      module Hook
        def _fork
          raise KeyError, "no fork today"
        end
      end
      Process.singleton_class.prepend(Hook)
      begin
        Billiard::Pool.open(workers: 1)
      rescue Billiard::StartFailedError => e
        print e.message
      end
    RUBY
    assert_match(/no fork today \(KeyError\)/, IO.popen(ruby(program), &:read))
  end

  def test_threads_of_the_host_are_no_hindrance
    stop = false
    busy = Array.new(2) { Thread.new { Thread.pass until stop } }
    Billiard::Pool.open(workers: 2) { |pool| assert_equal 1, pool.apply(:echo, 1) }
  ensure
    stop = true
    busy.each(&:join)
  end

  Billiard.task(:threads) { Array.new(4) { |i| Thread.new { i * 2 } }.map(&:value).sum }
  Billiard.task(:subprocess) { `echo from worker`.chomp }
  Billiard.task(:timeout) do
    Timeout.timeout(0.01) { sleep }
  rescue Timeout::Error
    "timed out"
  end
  Billiard.task(:collect) { GC.start.then { 10_000.times.map(&:to_s).size } }
  Billiard.task(:fork) do
    reader, writer = IO.pipe
    pid = fork { writer.print("grandchild") }
    writer.close
    Process.wait(pid)
    reader.read
  end

  def test_a_worker_is_a_whole_ruby
    Billiard::Pool.open(workers: 1) do |pool|
      assert_equal 12, pool.apply(:threads)
      assert_equal "from worker", pool.apply(:subprocess)
      assert_equal "timed out", pool.apply(:timeout)
      assert_equal 10_000, pool.apply(:collect)
      assert_equal "grandchild", pool.apply(:fork)
    end
  end
end
