# frozen_string_literal: true

require_relative "support/small_scheduler"
require_relative "support/test_case"

# Waits for shared objects give the global lock away, end at once when Ruby wants the thread, and lose
# nothing then.
class SharedInterruptionsTest < BilliardTest
  class Stop < StandardError; end

  # Every call that can wait for ever, as it waits for ever.
  def waits
    lock = Billiard::Lock.new.lock
    fair = Billiard::Lock.new(fifo: true).lock
    rlock = locked_elsewhere(Billiard::RLock.new)
    value = locked_elsewhere(Billiard::Value.new("i"))
    condition = Billiard::Condition.new
    unfinished = Billiard::JoinableQueue.new.put(1)
    full = Billiard::Queue.new(capacity: 1).put(0)
    reservation = full.reserve(1)
    {
      lock: -> { lock.acquire }, lock_synchronize: -> { lock.synchronize { flunk } },
      fair: -> { fair.acquire }, fair_synchronize: -> { fair.synchronize { flunk } },
      rlock: -> { rlock.acquire }, rlock_synchronize: -> { rlock.synchronize { flunk } },
      semaphore: -> { Billiard::Semaphore.new(0).acquire },
      semaphore_synchronize: -> { Billiard::BoundedSemaphore.new(0).synchronize { flunk } },
      condition: -> { condition.synchronize { condition.wait } },
      condition_wait_for: -> { condition.synchronize { condition.wait_for { false } } },
      event: -> { Billiard::Event.new.wait }, barrier: -> { Billiard::Barrier.new(2).wait },
      value: -> { value.value }, value_wait: -> { Billiard::Value.new("i", lock: false).wait(0) },
      array_wait: -> { Billiard::Array.new("i", 1).wait(0, 0) },
      join: -> { unfinished.join }, take: -> { Billiard::Queue.new.take },
      get_batch: -> { Billiard::Queue.new.get_batch(5) }, put_batch: -> { full.put_batch([1]) },
      commit: -> { reservation.commit }
    }
  end

  def locked_elsewhere(lock)
    Thread.new { lock.lock }.join
    lock
  end

  def test_timeout_ends_every_wait
    waits.each do |name, wait|
      assert_raises(Timeout::Error, name.to_s) { Timeout.timeout(0.02) { wait.call } }
    end
  end

  def test_thread_kill_ends_every_wait
    waits.each_value do |wait|
      thread = Thread.new(&wait)
      wait_until_asleep(thread)
      thread.kill.join
      refute_predicate thread, :alive?
    end
  end

  def test_thread_raise_ends_every_wait
    waits.each_value do |wait|
      thread = Thread.new(&wait)
      thread.report_on_exception = false
      wait_until_asleep(thread)
      thread.raise(Stop)
      assert_raises(Stop) { thread.value }
    end
  end

  def test_other_threads_run_meanwhile
    waits.each_value do |wait|
      waiting = Thread.new(&wait)
      wait_until_asleep(waiting)
      assert_equal 10_000, Thread.new { (1..10_000).count { true } }.value
      waiting.kill.join
    end
  end

  def test_signals_are_handled_during_a_wait_which_goes_on
    event = Billiard::Event.new
    lock = Billiard::Lock.new.lock
    before = trap("USR1") { lock.unlock && event.set }
    { acquire: -> { lock.acquire }, event: -> { event.wait } }.each_value do |wait|
      waiter = Thread.main
      helper = Thread.new do
        wait_until_asleep(waiter)
        Process.kill("USR1", Process.pid)
      end
      assert_equal true, wait.call
      helper.join
    end
  ensure
    trap("USR1", before)
  end

  def test_ctrl_c_ends_a_wait
    lock = Billiard::Lock.new.lock
    waiter = Thread.main
    helper = Thread.new do
      wait_until_asleep(waiter)
      Process.kill("INT", Process.pid)
    end
    assert_raises(Interrupt) { lock.acquire }
    helper.join
    lock.unlock
    assert lock.try_lock
  end

  # A thread that is interrupted all the time, in the way of a Timeout or a Thread#raise.
  class Victim
    def initialize(mode, &work)
      @work = work
      @finished = false
      @thread = Thread.handle_interrupt(Stop => :never) do
        Thread.new { play(mode) until @finished }
      end
    end

    def interrupt
      @thread.raise(Stop)
    end

    def finish
      @finished = true
      interrupt
      @thread.join
    end

    private

    def play(mode)
      Thread.handle_interrupt(Stop => mode) { @work.call until @finished }
    rescue Stop
      nil
    end
  end

  def test_no_lock_is_left_behind_by_exceptions
    { lock: Billiard::Lock.new, fair: Billiard::Lock.new(fifo: true), rlock: Billiard::RLock.new,
      condition: Billiard::Condition.new, value: Billiard::Value.new("i"),
      semaphore: Billiard::BoundedSemaphore.new(1) }.each do |name, lock|
      %i[immediate on_blocking].each do |mode|
        inside = 0
        work = -> { lock.synchronize { (inside += 1) && Thread.pass } }
        victims = Array.new(2) { Victim.new(mode, &work) }
        wait_until { inside.positive? }
        300.times do
          victims.each(&:interrupt)
          Thread.pass
        end
        victims.each(&:finish)
        assert lock.acquire(timeout: 0), "#{name} was left behind: #{lock}, #{mode}"
        lock.is_a?(Billiard::Semaphore) ? lock.post : lock.unlock
      end
    end
  end

  def test_a_condition_that_is_interrupted_all_the_time
    condition = Billiard::Condition.new
    victims = Array.new(3) do
      Victim.new(:immediate) { condition.synchronize { condition.wait(0.001) } }
    end
    200.times do
      victims.each(&:interrupt)
      condition.synchronize { condition.notify_all }
    end
    victims.each(&:finish)
    condition.synchronize { assert_equal [0, false], [condition.waiters, condition.wait(0)] }
    assert_equal "<Condition(<RLock(None, 0)>, 0)>", condition.inspect
  end

  def test_no_message_in_place_is_lost_to_exceptions
    queue = Billiard::Queue.new(delivery: :at_least_once)
    got = []
    victim = Victim.new(:on_blocking) { queue.take { |message| got << message.value } }
    500.times do |i|
      queue.put(i)
      victim.interrupt
      Thread.pass
    end
    wait_until do
      GC.start
      got.uniq.size == 500
    end
    victim.finish
    assert_equal [*0...500], got.uniq.sort
  end

  def with_fibers
    thread = Thread.new do
      Fiber.set_scheduler(SmallScheduler.new)
      yield
    end
    thread.report_on_exception = false
    thread.join
  end

  def test_fibers_of_one_thread_wait_side_by_side
    log = []
    rlock = Billiard::RLock.new
    event = Billiard::Event.new
    with_fibers do
      Fiber.schedule { rlock.synchronize { log << :first && event.wait && log << :second } }
      Fiber.schedule { rlock.synchronize { log << :third } }
      Fiber.schedule { log << :meanwhile && event.set }
    end
    assert_equal %i[first meanwhile second third], log
  end

  def test_fibers_wake_each_other
    log = []
    condition = Billiard::Condition.new
    fair = Billiard::Lock.new(fifo: true)
    with_fibers do
      Fiber.schedule { condition.synchronize { log << condition.wait } }
      Fiber.schedule do
        condition.synchronize { condition.notify && sleep(0.01) && log << :holds }
      end
      2.times { Fiber.schedule { fair.synchronize { sleep(0.001) && log << :fair } } }
    end
    assert_equal 2, log.count(:fair)
    assert_equal [:holds, true], log - [:fair]
  end

  def test_fibers_meet
    indexes = []
    barrier = Billiard::Barrier.new(3, action: -> { sleep 0.001 })
    with_fibers { 3.times { Fiber.schedule { 2.times { indexes << barrier.wait } } } }
    assert_equal [0, 0, 1, 1, 2, 2], indexes.sort
  end

  def test_a_timeout_of_one_fiber
    log = []
    lock = Billiard::Lock.new.lock
    with_fibers do
      Fiber.schedule { log << lock.acquire(timeout: 0.02) }
      Fiber.schedule { log << :runs }
    end
    assert_equal [:runs, false], log
  end
end
