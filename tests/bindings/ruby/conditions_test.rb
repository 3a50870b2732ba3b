# frozen_string_literal: true

require_relative "support/test_case"

# Conditions, events and barriers in Ruby's idiom.
class ConditionsTest < BilliardTest
  class Stop < StandardError; end

  def wait_until_waiting(condition, count = 1)
    wait_until { condition.waiters == count }
  end

  def test_threads_and_processes_wake_each_other
    condition = Billiard::Condition.new
    ready = Billiard::Value.new("i", lock: false)
    waiter = Thread.new { condition.synchronize { condition.wait_for { ready.value == 1 } } }
    wait_until_waiting(condition)
    in_child do
      condition.synchronize do
        ready.value = 1
        condition.notify_all
      end
      nil
    end
    assert_equal true, waiter.value
  end

  def test_wait_for_returns_the_last_answer
    condition = Billiard::Condition.new
    answers = [nil, false, :yes]
    condition.synchronize { assert_nil(condition.wait_for(0.01) { nil }) }
    waiter = Thread.new { condition.synchronize { condition.wait_for { answers.shift } } }
    2.times do
      wait_until_waiting(condition)
      condition.synchronize { condition.notify }
    end
    assert_equal :yes, waiter.value
  end

  def test_a_wait_gives_all_levels_back_and_takes_them_again
    rlock = Billiard::RLock.new
    condition = Billiard::Condition.new(rlock)
    3.times { rlock.acquire }
    other = Thread.new do
      wait_until_waiting(condition)
      condition.synchronize { condition.notify }
    end
    assert_equal true, condition.wait
    assert_equal 3, rlock.count
    assert_equal false, condition.wait(0)
    assert_equal 3, rlock.count
    other.join
  end

  def test_the_lock_may_be_a_lock
    lock = Billiard::Lock.new
    condition = Billiard::Condition.new(lock)
    assert_kind_of Billiard::Lock, condition.lock_object
    lock.synchronize { assert_equal false, condition.wait(0.01) }
    assert_raises(Billiard::StateError) { condition.notify }
    assert_raises(TypeError) { Billiard::Condition.new(Mutex.new) }
  end

  def test_notify_counts
    condition = Billiard::Condition.new
    woken = Thread::Queue.new
    threads = Array.new(5) { Thread.new { condition.synchronize { woken << condition.wait } } }
    wait_until_waiting(condition, 5)
    condition.synchronize { condition.notify(2) }
    2.times { assert_equal true, woken.pop }
    assert_equal [3, 0], [condition.waiters, woken.size]
    condition.synchronize { condition.broadcast }
    threads.each(&:join)
    assert_raises(TypeError) { condition.notify("1") }
    condition.synchronize { assert_raises(ArgumentError) { condition.notify(0) } }
  end

  def test_texts
    condition = Billiard::Condition.new
    assert_equal "<Condition(<RLock(None, 0)>, 0)>", condition.inspect
    condition.synchronize do
      assert_equal "<Condition(<RLock(MainProcess, 1)>, 0)>", condition.inspect
    end
  end

  def test_an_exception_comes_when_the_lock_is_held_again
    [Billiard::Condition.new, Billiard::Condition.new(Billiard::Lock.new)].each do |condition|
      held = Thread::Queue.new
      thread = Thread.new do
        condition.synchronize do
          condition.wait
        rescue Stop
          held << condition.try_lock # an RLock knows its owner, a Lock is taken
          held << :holds
          condition.unlock if condition.lock_object.is_a?(Billiard::RLock)
          raise
        end
      end
      thread.report_on_exception = false
      wait_until_waiting(condition)
      condition.synchronize { interrupt_and_hold(thread, held) }
      assert_raises(Stop) { thread.value }
      assert condition.try_lock
      condition.unlock
    end
  end

  # While somebody else has the lock an interrupted waiter does not go on.
  def interrupt_and_hold(thread, held)
    thread.raise(Stop)
    20.times { Thread.pass }
    assert_empty held
  end

  # The first of two waiters is told, and torn away before it has the lock again.
  def test_a_notification_of_a_waiter_that_is_torn_away_goes_to_the_next
    %i[raise kill].each do |ending|
      condition = Billiard::Condition.new
      first, second = Array.new(2) do |i|
        thread = Thread.new { condition.synchronize { condition.wait } }
        wait_until_waiting(condition, i + 1)
        thread
      end
      first.report_on_exception = false
      condition.synchronize do
        condition.notify
        ending == :raise ? first.raise(Stop) : first.kill
      end
      assert_equal true, second.value
      wait_until { !first.alive? }
    end
  end

  def test_timeout_and_kill_while_the_lock_is_another_ones
    condition = Billiard::Condition.new
    killed = Thread.new { condition.synchronize { condition.wait } }
    timed = Thread.new do
      condition.synchronize { Timeout.timeout(0.02) { condition.wait } }
    rescue Timeout::Error
      :timed_out
    end
    wait_until_waiting(condition, 2)
    condition.synchronize do
      killed.kill
      20.times { Thread.pass }
      assert_predicate killed, :alive?
    end
    killed.join
    assert_equal :timed_out, timed.value
    condition.synchronize { assert_equal 0, condition.waiters }
  end

  def test_a_killed_waiter_takes_no_notification
    condition = Billiard::Condition.new
    woken = Thread::Queue.new
    child = -> { Thread.new { condition.synchronize { condition.wait } } }
    with_staying_child(child) do |pid|
      wait_until_waiting(condition)
      living = Thread.new { condition.synchronize { woken << condition.wait } }
      wait_until_waiting(condition, 2)
      kill(pid)
      condition.synchronize { condition.notify }
      assert_equal true, woken.pop
      living.join
    end
  end

  def test_a_dead_notifier_is_news_to_who_takes_the_lock_again
    condition = Billiard::Condition.new
    news = Thread.new do
      condition.synchronize { [condition.wait, condition.recovered?] }
    end
    wait_until_waiting(condition)
    with_staying_child(-> { condition.acquire && condition.notify }) { |pid| kill(pid) }
    assert_equal [true, true], news.value
  end

  def test_events
    event = Billiard::Event.new
    assert_equal "#<Billiard::Event clear>", event.inspect
    assert_same event, event.set.set
    assert_equal [true, true], [event.set?, event.wait]
    assert_same event, event.clear
    assert_equal [false, false], [event.set?, event.wait(0.01)]
    assert_equal true, in_child { event.set.set? }
    assert_equal true, event.wait(0)
  end

  def test_a_set_is_seen_by_all_who_wait_even_when_it_is_cleared_at_once
    event = Billiard::Event.new
    20.times do
      threads = Array.new(3) { Thread.new { event.wait } }
      threads.each { |thread| wait_until_asleep(thread) }
      event.set.clear
      assert_equal [true] * 3, threads.map(&:value)
    end
  end

  def test_an_event_is_set_in_a_trap
    event = Billiard::Event.new
    before = trap("USR1") { event.set }
    waiter = Thread.main
    helper = Thread.new do
      wait_until_asleep(waiter)
      Process.kill("USR1", Process.pid)
    end
    assert_equal true, event.wait
    helper.join
  ensure
    trap("USR1", before)
  end

  def test_barriers
    barrier = Billiard::Barrier.new(3)
    4.times do
      threads = Array.new(2) { Thread.new { barrier.wait } }
      assert_equal [0, 1, 2], [barrier.wait, *threads.map(&:value)].sort
    end
    assert_equal [3, 0, false], [barrier.parties, barrier.waiting, barrier.broken?]
  end

  def test_processes_meet
    barrier = Billiard::Barrier.new(3)
    met = Billiard::Value.new("i")
    children = Array.new(2) do
      fork do
        20.times { barrier.wait && met.fetch_add(1) && barrier.wait }
        exit!(0)
      end
    end
    20.times do |i|
      barrier.wait
      barrier.wait
      assert_equal 2 * (i + 1), met.value
    end
    children.each { |pid| Process.wait(pid) }
  end

  def test_an_action_runs_before_anybody_goes_on
    log = Thread::Queue.new
    barrier = Billiard::Barrier.new(2, action: -> { log << :action })
    other = Thread.new { barrier.wait && log << :through }
    barrier.wait
    log << :through
    other.join
    assert_equal %i[action through through], Array.new(3) { log.pop }
  end

  def test_an_action_may_be_a_block
    ran = 0
    barrier = Billiard::Barrier.new(1) { ran += 1 }
    assert_equal [0, 0], Array.new(2) { barrier.wait }
    assert_equal 2, ran
    assert_raises(ArgumentError) { Billiard::Barrier.new(1, action: -> {}) { ran += 1 } }
  end

  def test_a_timeout_may_be_named
    refute Billiard::Event.new.wait(timeout: 0)
    assert_raises(Billiard::BrokenBarrierError) { Billiard::Barrier.new(2).wait(timeout: 0) }
    condition = Billiard::Condition.new
    condition.synchronize do
      refute condition.wait(timeout: 0)
      refute condition.wait_for(timeout: 0) { false }
    end
  end

  def test_an_action_that_raises_breaks_the_barrier
    barrier = Billiard::Barrier.new(2, action: -> { raise Stop })
    other = Thread.new { barrier.wait }
    other.report_on_exception = false
    wait_until { barrier.waiting == 1 }
    assert_raises(Stop) { barrier.wait }
    assert_raises(Billiard::BrokenBarrierError) { other.value }
    assert_predicate barrier, :broken?
    refute_predicate barrier.reset, :broken?
  end

  def test_breaking
    %i[abort reset].each do |ending|
      barrier = Billiard::Barrier.new(2)
      other = Thread.new { barrier.wait }
      other.report_on_exception = false
      wait_until { barrier.waiting == 1 }
      assert_same barrier, barrier.public_send(ending)
      assert_raises(Billiard::BrokenBarrierError) { other.value }
    end
  end

  def test_the_barriers_own_timeout
    barrier = Billiard::Barrier.new(2, timeout: 0.01)
    assert_raises(Billiard::BrokenBarrierError) { barrier.wait }
    assert_equal "#<Billiard::Barrier 0 of 2 broken>", barrier.inspect
  end

  def test_a_waiter_that_is_torn_away_breaks_the_barrier
    %i[kill raise].each do |ending|
      barrier = Billiard::Barrier.new(3)
      patient = Thread.new { barrier.wait }
      torn = Thread.new { barrier.wait }
      [patient, torn].each { |thread| thread.report_on_exception = false }
      wait_until { barrier.waiting == 2 }
      ending == :kill ? torn.kill : torn.raise(Stop)
      assert_raises(Billiard::BrokenBarrierError) { patient.value }
    end
  end

  def test_wrong_arguments
    [0, -1, 4097, 2**70].each { |parties| assert_raises(ArgumentError) { Billiard::Barrier.new(parties) } }
    assert_raises(TypeError) { Billiard::Barrier.new("2") }
    assert_raises(TypeError) { Billiard::Event.new.wait("1") }
  end
end
