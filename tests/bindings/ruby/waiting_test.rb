# frozen_string_literal: true

require_relative "support/test_case"

# Waits give the global lock away, and end at once when Ruby wants the thread.
class WaitingTest < BilliardTest
  class Stop < StandardError; end

  # Every call that can wait for ever, as it waits for ever.
  def with_each_wait
    with_held_job do |result, queue, pool|
      full = Billiard::Queue.new(capacity: 1).put(0)
      pool.wait_ready
      yield(-> { result.value })
      yield(-> { result.wait })
      yield(-> { Billiard::Queue.new.get })
      yield(-> { full.put(1) })
      pool.close
      yield(-> { pool.join })
      queue.put(HELD)
      assert_equal HELD, result.value
    end
  end

  def test_timeout_ends_every_wait
    with_each_wait do |wait|
      assert_raises(Timeout::Error) { Timeout.timeout(0.02) { wait.call } }
    end
  end

  def test_thread_kill_ends_every_wait
    with_each_wait do |wait|
      thread = Thread.new(&wait)
      wait_until_asleep(thread)
      thread.kill.join
      refute_predicate thread, :alive?
    end
  end

  def test_thread_raise_ends_every_wait
    with_each_wait do |wait|
      thread = Thread.new(&wait)
      thread.report_on_exception = false
      wait_until_asleep(thread)
      thread.raise(Stop)
      assert_raises(Stop) { thread.value }
    end
  end

  def test_an_interrupted_wait_leaves_nothing_for_the_next_call
    Billiard::Queue.open(queue_name) do |queue|
      Billiard::Pool.open(workers: 1, max_jobs: 1) do |pool|
        held = pool.apply_async(:take, queue_name)
        assert_raises(Timeout::Error) { Timeout.timeout(0.02) { held.value } }
        assert_raises(Billiard::PoolFull) { pool.apply_async(:echo, 1, submit_timeout: 0) }
        assert_raises(Billiard::TimeoutError) { held.value(timeout: 0) }
        full = Billiard::Queue.new(capacity: 1).put(0)
        assert_raises(Billiard::Queue::Full) { full.put(1, timeout: 0) }
        queue.put(HELD)
        assert_equal HELD, held.value
      end
    end
  end

  def test_an_exception_that_came_before_the_wait
    with_held_job do |result, queue|
      thread = Thread.new do
        Thread.handle_interrupt(Stop => :never) { Thread.stop }
        result.value
      end
      thread.report_on_exception = false
      wait_until_asleep(thread)
      thread.raise(Stop)
      thread.wakeup
      assert_raises(Stop) { thread.value }
      queue.put(HELD)
    end
  end

  def test_other_threads_run_meanwhile
    with_each_wait do |wait|
      waiting = Thread.new(&wait)
      wait_until_asleep(waiting)
      assert_equal 10_000, Thread.new { (1..10_000).count { true } }.value
      waiting.kill.join
    end
  end

  def test_signals_are_handled_during_a_wait_which_goes_on
    caught = Thread::Queue.new
    before = trap("USR1") { caught << :usr1 }
    with_held_job do |result, queue|
      waiter = Thread.main
      helper = Thread.new do
        wait_until_asleep(waiter)
        Process.kill("USR1", Process.pid)
        caught.pop
        queue.put(HELD)
      end
      assert_equal HELD, result.value
      helper.join
    end
  ensure
    trap("USR1", before)
  end

  def test_ctrl_c_ends_a_wait
    with_held_job do |result, queue|
      waiter = Thread.main
      helper = Thread.new do
        wait_until_asleep(waiter)
        Process.kill("INT", Process.pid)
      end
      assert_raises(Interrupt) { result.value }
      helper.join
      queue.put(HELD)
      assert_equal HELD, result.value
    end
  end

  def test_many_threads_wait_for_one_result
    with_held_job do |result, queue|
      threads = Array.new(20) { Thread.new { result.value } }
      threads.each { |thread| wait_until_asleep(thread) }
      queue.put(HELD)
      assert_equal [HELD] * 20, threads.map(&:value)
    end
  end

  def test_a_timeout_that_passes
    with_held_job do |result, queue|
      refute result.wait(0.01)
      refute result.wait(0)
      error = assert_raises(Billiard::TimeoutError) { result.value(timeout: 0.01) }
      assert_includes error.message, "0.01"
      refute_predicate result, :ready?
      queue.put(HELD)
      assert result.wait
      assert_predicate result, :ready?
    end
  end

  def test_an_exception_that_was_put_off_until_the_thread_blocks
    queue = Billiard::Queue.new
    thread = Thread.new do
      Thread.handle_interrupt(Stop => :on_blocking) do
        Thread.pass until Thread.pending_interrupt?
        queue.get
      end
    end
    thread.report_on_exception = false
    thread.raise(Stop)
    assert_raises(Stop) { thread.value }
  end

  def test_no_message_is_lost_to_exceptions
    %i[on_blocking immediate].each do |mode|
      queue = Billiard::Queue.new
      taker = Taker.new(queue, mode)
      1000.times do |i|
        queue.put(i)
        taker.interrupt
        Thread.pass
      end
      wait_until { queue.empty? }
      assert_equal [*0...1000], taker.finish
    end
  end

  # A thread that takes messages and is interrupted all the time.
  class Taker
    def initialize(queue, mode)
      @queue = queue
      @mode = mode
      @got = []
      @finished = false
      # From its first moment on the thread is to be interrupted in #take only.
      @thread = Thread.handle_interrupt(Stop => :never) { Thread.new { take until @finished } }
    end

    def interrupt
      @thread.raise(Stop)
    end

    def finish
      @finished = true
      interrupt
      @thread.join
      @got
    end

    private

    def take
      Thread.handle_interrupt(Stop => @mode) { loop { @got << @queue.get } }
    rescue Stop
      nil
    end
  end
end
