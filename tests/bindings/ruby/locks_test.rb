# frozen_string_literal: true

require_relative "support/test_case"

# Locks and semaphores in Ruby's idiom; their behaviour is in the conformance scenarios.
class LocksTest < BilliardTest
  def test_the_usual_names
    lock = Billiard::Lock.new
    assert_same lock, lock.lock
    refute lock.try_lock
    assert_predicate lock, :locked?
    assert_predicate lock, :owned?
    assert_equal Process.pid, lock.holder_pid
    assert_same lock, lock.unlock
    refute_predicate lock, :locked?
    assert_nil lock.holder_pid
    assert lock.try_lock
  end

  def test_synchronize_gives_back_whatever_happens
    [Billiard::Lock.new, Billiard::RLock.new, Billiard::Condition.new].each do |lock|
      assert_equal 5, lock.synchronize { 5 }
      assert_nil(lock.synchronize { nil })
      assert_raises(KeyError) { lock.synchronize { raise KeyError } }
      assert_equal(6, catch(:out) { lock.synchronize { throw :out, 6 } })
      assert_equal(7, lock.synchronize { break 7 })
      assert lock.try_lock
      lock.unlock
    end
  end

  def test_a_lock_that_the_block_gave_back
    lock = Billiard::Lock.new
    error = assert_raises(Billiard::StateError) { lock.synchronize { lock.unlock } }
    assert_includes error.message, "too many times"
    assert_raises(KeyError) { lock.synchronize { lock.unlock && raise(KeyError) } }
  end

  def test_texts
    lock = Billiard::Lock.new
    rlock = Billiard::RLock.new
    assert_equal "<Lock(owner=None)>", lock.inspect
    assert_equal "<RLock(None, 0)>", rlock.to_s
    lock.acquire
    2.times { rlock.acquire }
    assert_equal "<Lock(owner=MainProcess)>", lock.to_s
    assert_equal "<RLock(MainProcess, 2)>", rlock.inspect
    assert_equal "<Lock(owner=SomeOtherProcess)>", in_child { lock.inspect }
    assert_equal "<RLock(SomeOtherProcess, nonzero)>", in_child { rlock.inspect }
    assert_equal "<RLock(SomeOtherThread, nonzero)>", Thread.new { rlock.inspect }.value
  end

  def test_texts_name_threads
    rlock = Billiard::RLock.new
    named = Thread.new do
      Thread.current.name = "painter"
      rlock.synchronize { rlock.inspect }
    end
    assert_equal "<RLock(MainProcess|painter, 1)>", named.value
  end

  def test_an_rlock_belongs_to_a_thread
    rlock = Billiard::RLock.new
    rlock.acquire
    rlock.acquire
    assert_equal [2, true], [rlock.count, rlock.owned?]
    assert_equal [false, false], Thread.new { [rlock.try_lock, rlock.owned?] }.value
    assert_kind_of Billiard::StateError, Thread.new { unlock_error(rlock) }.value
    2.times { rlock.unlock }
    assert(Thread.new { rlock.try_lock }.value)
  end

  def test_an_rlock_belongs_to_a_fiber
    rlock = Billiard::RLock.new
    rlock.synchronize do
      refute(Fiber.new { rlock.try_lock }.resume)
      assert rlock.try_lock
      rlock.unlock
    end
    assert(Fiber.new { rlock.try_lock && rlock.unlock && true }.resume)
  end

  def test_a_thread_that_ended_leaves_its_rlock_to_nobody_else
    rlock = Billiard::RLock.new
    Thread.new { rlock.lock }.join
    200.times { refute(Thread.new { rlock.try_lock }.value) }
  end

  def test_a_lock_is_given_back_by_anybody
    lock = Billiard::Lock.new
    lock.acquire
    Thread.new { lock.unlock }.join
    lock.acquire
    in_child { lock.unlock && true }
    assert lock.try_lock
  end

  def test_threads_exclude_each_other
    [Billiard::Lock.new, Billiard::RLock.new, Billiard::Lock.new(fifo: true),
     Billiard::BoundedSemaphore.new(1), Billiard::Condition.new].each do |lock|
      inside = 0
      threads = Array.new(4) do
        Thread.new do
          100.times do
            lock.synchronize do
              inside += 1
              Thread.pass
              raise "#{inside} inside" unless inside == 1

              inside -= 1
            end
          end
        end
      end
      threads.each(&:join)
    end
  end

  def test_processes_exclude_each_other
    [Billiard::Lock.new, Billiard::RLock.new, Billiard::Lock.new(fifo: true),
     Billiard::Semaphore.new(1)].each do |lock|
      count = Billiard::Value.new("i", lock: false)
      children = Array.new(3) do
        fork do
          200.times { lock.synchronize { count.value += 1 } }
          exit!(0)
        end
      end
      children.each { |pid| Process.wait(pid) && assert_predicate(Process.last_status, :success?) }
      assert_equal 600, count.value
    end
  end

  def test_waiters_of_a_fair_lock_come_in_their_order
    lock = Billiard::Lock.new(fifo: true)
    lock.acquire
    order = Thread::Queue.new
    threads = Array.new(3) do |i|
      Thread.new { lock.synchronize { order << i } }.tap { |thread| wait_until_asleep(thread) }
    end
    refute lock.try_lock
    lock.unlock
    threads.each(&:join)
    assert_equal [0, 1, 2], (Array.new(3) { order.pop }.sort)
    assert lock.acquire(timeout: 0)
    refute lock.acquire(timeout: 0.01)
  end

  def test_a_dead_holder_is_news_once
    [Billiard::Lock.new, Billiard::RLock.new, Billiard::Condition.new,
     Billiard::Value.new("i"), Billiard::Lock.new(fifo: true)].each do |lock|
      with_staying_child(-> { lock.acquire }) do |pid|
        refute lock.try_lock
        kill(pid)
        assert_equal [true, true], [lock.acquire, lock.recovered?]
        lock.unlock
        lock.synchronize { refute_predicate lock, :recovered? }
      end
    end
  end

  def test_a_dead_holder_is_news_inside_synchronize
    rlock = Billiard::RLock.new
    with_staying_child(-> { rlock.acquire }) do |pid|
      kill(pid)
      rlock.synchronize do
        assert_predicate rlock, :recovered?
        rlock.synchronize { assert_predicate rlock, :recovered? }
      end
      rlock.synchronize { refute_predicate rlock, :recovered? }
    end
  end

  def test_a_wait_ends_when_the_holder_dies
    lock = Billiard::Lock.new
    with_staying_child(-> { lock.acquire }) do |pid|
      waiter = Thread.new { lock.synchronize { lock.recovered? } }
      wait_until_asleep(waiter)
      kill(pid)
      assert_equal true, waiter.value
    end
  end

  def test_semaphores
    semaphore = Billiard::Semaphore.new(2)
    assert_equal "<Semaphore(value=2)>", semaphore.inspect
    assert_same semaphore, semaphore.post(3)
    assert_equal [5, Billiard::Semaphore::VALUE_MAX], [semaphore.value, semaphore.bound]
    assert_equal(4, semaphore.synchronize { semaphore.value })
    bounded = Billiard::BoundedSemaphore.new(2)
    assert bounded.acquire
    assert_equal "<BoundedSemaphore(value=1, maxvalue=2)>", bounded.inspect
    assert_raises(Billiard::StateError) { bounded.post(2) }
    assert_equal 1, bounded.value
  end

  def test_units_of_the_dead_come_back
    semaphore = Billiard::Semaphore.new(3, tracked: true)
    with_staying_child(-> { 2.times { semaphore.acquire } }) do |pid|
      assert_equal 1, semaphore.value
      kill(pid)
      3.times { assert semaphore.acquire }
      assert_equal 2, semaphore.returned
      assert_raises(Billiard::StateError) { in_child_raise { semaphore.post } }
    end
  end

  def test_wrong_arguments
    assert_raises(ArgumentError) { Billiard::Semaphore.new(-1) }
    assert_raises(ArgumentError) { Billiard::Semaphore.new(Billiard::Semaphore::VALUE_MAX + 1) }
    assert_raises(ArgumentError) { Billiard::Semaphore.new(2**70) }
    assert_raises(TypeError) { Billiard::Semaphore.new("1") }
    assert_raises(ArgumentError) { Billiard::Semaphore.new(1).post(0) }
    assert_raises(TypeError) { Billiard::Lock.new(name: :name) }
    assert_raises(TypeError) { Billiard::Lock.open(nil) }
    assert_raises(TypeError) { Billiard::Lock.new(segment: "default") }
    assert_raises(ArgumentError) { Billiard::Lock.new(name: "a", segment: Billiard::Segment.new) }
    assert_raises(TypeError) { Billiard::Lock.new.acquire(timeout: "1") }
    assert_raises(Billiard::NotFoundError) { Billiard::Lock.attach(0) }
    assert_raises(TypeError) { Billiard::Lock.attach("1") }
    assert_raises(Billiard::InvalidError) { Billiard::Event.attach(Billiard::Lock.new.id) }
  end

  def test_names
    Billiard::Lock.open(object_name) do |first|
      second = Billiard::Lock.open(object_name)
      first.acquire
      refute second.try_lock
      assert_equal 0, first.id
      second.release
      assert_raises(Billiard::ClosedError) { second.try_lock }
    end
    Billiard::Lock.open(object_name) { |lock| assert lock.try_lock }
    Billiard::BoundedSemaphore.open(object_name, 1) do
      assert_raises(Billiard::ExistsError) { Billiard::BoundedSemaphore.open(object_name, 2) }
    end
  end

  private

  def unlock_error(lock)
    lock.unlock
    nil
  rescue Billiard::Error => e
    e
  end

  # Raises what the block raises in a forked child.
  def in_child_raise(&block)
    name = in_child(&block)
    raise Object.const_get(name) if name.is_a?(String)
  end
end
