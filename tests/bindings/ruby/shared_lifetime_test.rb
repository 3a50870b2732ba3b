# frozen_string_literal: true

require_relative "support/test_case"

# How shared objects end: released, collected, in forks, by death.
class SharedLifetimeTest < BilliardTest
  KINDS = {
    lock: ->(segment) { Billiard::Lock.new(segment: segment) },
    rlock: ->(segment) { Billiard::RLock.new(segment: segment) },
    semaphore: ->(segment) { Billiard::Semaphore.new(segment: segment) },
    bounded: ->(segment) { Billiard::BoundedSemaphore.new(segment: segment) },
    tracked: ->(segment) { Billiard::Semaphore.new(3, tracked: true, segment: segment) },
    condition: ->(segment) { Billiard::Condition.new(segment: segment) },
    event: ->(segment) { Billiard::Event.new(segment: segment) },
    barrier: ->(segment) { Billiard::Barrier.new(2, segment: segment) },
    value: ->(segment) { Billiard::Value.new("i", segment: segment) },
    array: ->(segment) { Billiard::Array.new("i", 100, segment: segment) },
    memory: ->(segment) { Billiard::Memory.new(1000, segment: segment) }
  }.freeze

  # Each test counts in a segment of its own: others' garbage is none of its.
  def segment
    @segment ||= Billiard::Segment.new
  end

  def objects
    segment.stats.objects
  end

  def make_all
    KINDS.values.map { |make| make.call(segment) }
  end

  def test_released_objects_refuse
    KINDS.each do |name, make|
      object = make.call(segment)
      assert_nil object.release
      assert_nil object.release
      assert_raises(Billiard::ClosedError, name.to_s) { object.id }
      assert_raises(Billiard::ClosedError, name.to_s) { object.inspect }
    end
  end

  def test_released_objects_are_gone
    KINDS.each do |name, make|
      object = make.call(segment)
      id = object.id
      assert_operator id, :>, 0
      assert_equal id, object.class.attach(id, segment: segment).tap(&:release) && id
      before = objects
      object.release
      assert_operator objects, :<, before, name.to_s
      assert_raises(Billiard::NotFoundError, name.to_s) { object.class.attach(id, segment: segment) }
    end
  end

  def test_forgotten_objects_are_collected
    Thread.new { 200.times { make_all } }.join
    wait_until do
      GC.start
      objects <= KINDS.size * 2
    end
  end

  def test_a_child_keeps_what_its_parent_releases
    value = Billiard::Value.new("i", 5, segment: segment)
    go_on = Billiard::Event.new
    done = Billiard::Queue.new
    pid = fork do
      go_on.wait
      done.put(value.fetch_add(1))
      exit!(0)
    end
    before = objects
    value.release
    assert_equal before, objects
    go_on.set
    assert_equal 5, done.get
    Process.wait(pid)
  end

  def test_what_a_child_makes_is_attached_to_by_its_parent
    id = Billiard::Value.new("Q")
    with_staying_child(lambda {
      kept = Billiard::Array.new("i", [1, 2, 3])
      id.value = kept.id
      Thread.current[:kept] = kept
    }) do |pid|
      array = Billiard::Array.attach(id.value)
      kill(pid)
      Billiard::Segment.default.sweep
      assert_equal [1, 2, 3], array.to_a
    end
  end

  def test_what_killed_children_held_comes_back
    segment
    3.times do
      made = -> { Thread.current[:kept] = make_all }
      with_staying_child(made) do |pid|
        assert_operator objects, :>=, KINDS.size
        kill(pid)
      end
    end
    segment.sweep
    assert_equal 0, objects
  end

  def test_a_release_during_a_wait_comes_after_it
    event = Billiard::Event.new
    waiter = Thread.new { event.wait(0.05) }
    wait_until_asleep(waiter)
    event.release
    assert_equal false, waiter.value
    assert_raises(Billiard::ClosedError) { event.set }
  end

  def test_a_condition_released_by_its_waiter
    condition = Billiard::Condition.new
    condition.acquire
    waiting = Billiard::Condition.attach(condition.id)
    waiter = Thread.new { waiting.synchronize { waiting.wait } }
    condition.unlock
    wait_until { condition.waiters == 1 }
    waiting.release
    condition.synchronize { condition.notify }
    assert_equal true, waiter.value
    wait_until do # released when its last use was over
      waiting.id
      false
    rescue Billiard::ClosedError
      true
    end
  end

  def test_abandoned_fibers_give_up_their_places
    condition = Billiard::Condition.new
    barrier = Billiard::Barrier.new(2)
    Thread.new { abandon(condition, barrier) }.join
    wait_until do
      GC.start
      condition.waiters.zero? && barrier.waiting.zero?
    end
  end

  # Fibers that a scheduler left in the middle of a wait, and nobody will ever resume.
  def abandon(condition, barrier)
    [-> { condition.synchronize { Native.leave(condition) } },
     -> { Native.leave(barrier) }].each { |work| Fiber.new(&work).resume }
    nil
  end

  # Begins a wait and leaves its fiber in the middle of it.
  module Native
    def self.leave(object)
      handle = object.instance_variable_get(:@handle)
      native = Billiard::Native
      case object
      when Billiard::Condition
        native.condition_wait(handle, Fiber.current.object_id, ->(_) {}) { Fiber.yield }
      else native.with_arrival(handle) { Fiber.yield }
      end
    end
  end

  def test_garbage_collection_at_every_allocation
    value = Billiard::Value.new({ x: "d", n: "i" }, { x: 1.5 })
    array = Billiard::Array.new("h", [1, 2, 3])
    condition = Billiard::Condition.new
    barrier = Billiard::Barrier.new(1)
    GC.stress = true
    value.synchronize { value[:n] += 2 }
    outcomes = [value.value, array.to_a, condition.synchronize { condition.wait(0) }, barrier.wait,
                Billiard::Lock.new.inspect]
    GC.stress = false
    assert_equal [{ x: 1.5, n: 2 }, [1, 2, 3], false, 0, "<Lock(owner=None)>"], outcomes
  ensure
    GC.stress = false
  end

  def test_a_fork_inside_synchronize_leaves_the_lock_to_the_parent
    [Billiard::Lock.new, Billiard::RLock.new, Billiard::Semaphore.new(1)].each do |lock|
      pid = lock.synchronize do
        pid = fork
        pid || throw_out_of_the_block
        other = Thread.new { Process.wait(pid) }
        other.join
        refute lock.acquire(timeout: 0) unless lock.is_a?(Billiard::RLock)
        pid
      rescue LeaveChild
        nil
      end
      exit!(0) if pid.nil?
      assert lock.acquire(timeout: 0)
    end
  end

  class LeaveChild < StandardError; end

  def throw_out_of_the_block
    raise LeaveChild
  end

  def test_locks_taken_and_left_by_killed_processes_in_a_row
    lock = Billiard::Lock.new
    count = Billiard::Value.new("i", lock: false)
    20.times do |i|
      with_staying_child(-> { lock.acquire && count.value += 1 }) { |pid| kill(pid) }
      assert lock.acquire
      assert_equal [true, i + 1], [lock.recovered?, count.value]
      lock.unlock
    end
  end

  def test_many_objects_leave_no_files_or_threads
    use_all
    before = [Dir.children("/proc/self/fd").size, Dir.children("/proc/self/task").size]
    20.times { use_all }
    assert_equal before, [Dir.children("/proc/self/fd").size, Dir.children("/proc/self/task").size]
  end

  def use_all
    make_all.each(&:release)
    [Billiard::Lock, Billiard::Event, Billiard::Condition].each { |kind| kind.open(object_name, &:id) }
    Billiard::Segment.new.release
  end
end
