# frozen_string_literal: true

require_relative "support/test_case"

# Batches, messages in place, deliveries, joinable and simple queues, descriptors.
class QueueAdditionsTest < BilliardTest
  def test_batches
    queue = Billiard::Queue.new
    assert_same queue, queue.put_batch([1, "two", { "three" => 3 }])
    queue.put_batch([])
    assert_equal [[1, "two"], [{ "three" => 3 }]], [queue.get_batch(2), queue.get_batch(100)]
    queue.put_batch(0...10_000)
    got = []
    got.concat(queue.get_batch(6000)) until got.size == 10_000
    assert_equal [*0...10_000], got
    assert_raises(Billiard::Queue::Empty) { queue.get_batch(5, timeout: 0) }
    assert_raises(ArgumentError) { queue.get_batch(0) }
    assert_raises(TypeError) { queue.get_batch(1.5) }
  end

  def test_a_batch_that_does_not_fit
    queue = Billiard::Queue.new(capacity: 3)
    error = assert_raises(Billiard::Queue::Full) { queue.put_batch(1..5, timeout: 0.01) }
    assert_equal [3, [1, 2, 3]], [error.done, queue.get_batch(5)]
    assert_raises(Billiard::EncodingError) { queue.put_batch([1, proc {}]) }
    limited = Billiard::Queue.new(max_message: 10)
    assert_raises(Billiard::TooLargeError) { limited.put_batch(["a", "x" * 100]) }
    assert_predicate limited, :empty?
  end

  def test_a_batch_waits_for_places
    queue = Billiard::Queue.new(capacity: 2)
    putter = Thread.new { queue.put_batch(0...100) }
    got = []
    got.concat(queue.get_batch(3)) until got.size == 100
    putter.join
    assert_equal [*0...100], got
  end

  def test_messages_in_place
    queue = Billiard::Queue.new
    queue.put({ "a" => 1 }).put_bytes("raw")
    message = queue.take
    assert_equal [0, false, { "a" => 1 }], [message.redelivered, message.raw?, message.value]
    refute_predicate message, :settled?
    assert_same message, message.acknowledge
    assert_predicate message, :settled?
    assert_raises(Billiard::StateError) { message.bytes }
    assert_raises(Billiard::StateError) { message.give_back }
    assert_equal("RAW", queue.take { |taken| taken.bytes.upcase })
    assert_raises(Billiard::Queue::Empty) { queue.take(timeout: 0) }
  end

  def test_messages_that_are_given_back_come_before_newer_ones
    queue = Billiard::Queue.new(delivery: :at_least_once)
    queue.put(1).put(2)
    queue.take.give_back
    assert_raises(KeyError) { queue.take { raise KeyError } }
    queue.take { |message| assert_equal [1, 2], [message.value, message.redelivered] }
    assert_equal [2, :at_least_once], [queue.get, queue.delivery]
    assert_equal :at_most_once, Billiard::Queue.new.delivery
    assert_raises(ArgumentError) { Billiard::Queue.new(delivery: :twice) }
  end

  def test_a_message_of_a_dead_taker
    { at_least_once: [1, 2], at_most_once: [2] }.each do |delivery, expected|
      queue = Billiard::Queue.new(delivery: delivery)
      queue.put(1)
      with_staying_child(-> { queue.take.bytes }) do |pid|
        queue.put(2)
        kill(pid)
        assert_equal(expected, expected.map { queue.get }.sort) # found dead sooner or later
        assert_equal 2 - expected.size, queue.lost
        assert_equal 0, queue.held_by_dead
      end
    end
  end

  def test_forgotten_messages_go_back
    queue = Billiard::Queue.new(delivery: :at_least_once)
    queue.put(1)
    Thread.new { queue.take }.join
    GC.start while queue.empty?
    assert_equal 1, queue.get
  end

  def test_reservations
    queue = Billiard::Queue.new(capacity: 1)
    reservation = queue.reserve(10)
    reservation.write(0, "hello").write(5, "there")
    assert_raises(IndexError) { reservation.write(6, "there") }
    assert_raises(IndexError) { reservation.write(-1, "") }
    assert_raises(TypeError) { reservation.write(0, 5) }
    assert_predicate queue, :empty?
    assert_raises(ArgumentError) { reservation.commit(11) }
    assert_nil reservation.commit(7)
    assert_raises(Billiard::ClosedError) { reservation.write(0, "x") }
    assert_predicate queue, :full?
    full = queue.reserve(3) { |second| assert_raises(Billiard::Queue::Full) { second.commit(timeout: 0.01) } }
    assert_kind_of Billiard::Queue::Full, full
    assert_equal "hellothe"[0, 7], queue.get
    assert_raises(Billiard::TooLargeError) { Billiard::Queue.new(max_message: 5).reserve(6) }
    assert_raises(TypeError) { queue.reserve("1") }
  end

  def test_a_reservation_outlives_the_release_of_its_queue
    queue = Billiard::Queue.new
    reservation = queue.reserve(4)
    queue.release
    reservation.write(0, "abcd")
    assert_raises(Billiard::ClosedError) { reservation.commit }
    reservation.release
  end

  def test_joinable_queues
    queue = Billiard::JoinableQueue.new
    assert_predicate queue, :joinable?
    assert_same queue, queue.join
    queue.put_batch(1..4)
    workers = Array.new(2) do
      Thread.new do
        2.times do
          queue.get
          queue.task_done
        end
      end
    end
    assert_same queue, queue.join
    workers.each(&:join)
    assert_equal 0, queue.unfinished
    queue.put(1)
    queue.take { assert_nil queue.join(timeout: 0.01) }
    assert_same queue, queue.join(timeout: 0)
    assert_raises(Billiard::StateError) { queue.task_done }
    assert_raises(Billiard::StateError) { Billiard::Queue.new.join }
  end

  def test_what_a_dead_consumer_had_is_finished_or_comes_again
    finished = Billiard::JoinableQueue.new
    finished.put(1)
    with_staying_child(-> { finished.get }) do |pid|
      assert_nil finished.join(timeout: 0)
      kill(pid)
      assert_same finished, finished.join
    end
    again = Billiard::JoinableQueue.new(delivery: :at_least_once)
    again.put(1)
    with_staying_child(-> { again.get }) do |pid|
      kill(pid)
      assert_equal 1, again.get
      again.task_done.join
    end
  end

  def test_simple_queues
    queue = Billiard::SimpleQueue.new
    queue << 1 << "two"
    queue.put_bytes("\xff")
    assert_equal [1, "two", "\xff".b, true], [queue.get, queue.get, queue.get_bytes, queue.empty?]
    assert_nil queue.close
    assert_nil queue.close
    assert_raises(Billiard::ClosedError) { queue.empty? }
    name = queue_name
    Billiard::SimpleQueue.open(name) do |first|
      assert_nil(in_child { Billiard::SimpleQueue.open(name) { |own| own.put("named") && nil } })
      assert_equal "named", first.get
    end
  end

  def test_descriptors
    queue = Billiard::Queue.new
    io = queue.to_io
    assert_same io, queue.to_io
    assert_nil IO.select([queue], nil, nil, 0)
    pid = fork { queue.put(1) && exit!(0) }
    assert_equal [[queue], [], []], IO.select([queue])
    Process.wait(pid)
    assert_equal 1, queue.get
    assert_raises(Billiard::Queue::Empty) { queue.get(timeout: 0) }
    assert_nil IO.select([queue], nil, nil, 0)
    queue.close_all
    assert_equal [[queue], [], []], IO.select([queue])
    queue.close_io
  end

  def test_a_descriptor_of_a_child_is_its_own
    queue = Billiard::Queue.new
    queue.to_io
    assert_equal 5, in_child { queue.put(5) && IO.select([queue]) && queue.get }
    queue.put(6)
    assert IO.select([queue])
    assert_equal 6, queue.get
  end

  def test_descriptors_of_dropped_queues_are_closed
    before = Dir.children("/proc/self/fd").size
    Thread.new { 20.times { Billiard::Queue.new.to_io } }.join
    wait_until do
      GC.start
      Dir.children("/proc/self/fd").size <= before + 4
    end
  end
end
