# frozen_string_literal: true

require_relative "support/test_case"

# Queues in Ruby's idiom; their behaviour is in the conformance scenarios.
class QueueTest < BilliardTest
  def test_the_usual_names
    queue = Billiard::Queue.new(capacity: 8)
    queue << 1 << 2
    queue.push(3).put(4)
    assert_equal [4, 4, false, 8], [queue.size, queue.length, queue.empty?, queue.capacity]
    assert_equal [1, 2, 3], [queue.pop, queue.shift, queue.get]
    assert_equal [4, 0, true], [queue.get, queue.lost, queue.empty?]
  end

  def test_messages_as_they_travelled
    queue = Billiard::Queue.new
    queue.put({ a: 1 }).put_bytes("\xff").put("text").put_bytes("raw")
    assert_equal({ "a" => 1 }, queue.get)
    message = queue.get_message
    assert_equal [true, "\xff".b], [message.raw?, message.value]
    assert_equal "\xa4text".b, queue.get_bytes
    assert_equal "raw", queue.get
  end

  def test_bytes_that_are_no_value
    queue = Billiard::Queue.new
    native = Billiard::Native
    handle = queue.instance_variable_get(:@handle)
    ["\xc1", "", "\x01\x02", "\xdb\xff\xff\xff\xff"].each do |bytes|
      native.bp_queue_put(handle, bytes, native::BP_FORMAT_MSGPACK, 0)
      assert_raises(Billiard::DecodingError) { queue.get }
    end
    native.bp_queue_put(handle, "x", 99, 0)
    error = assert_raises(Billiard::DecodingError) { queue.get }
    assert_includes error.message, "99"
    assert_equal 1, queue.put(1).get
  end

  # GAP-31, G-QUEUE-6, W-QUEUE-3
  def test_values_that_can_not_be_encoded
    queue = Billiard::Queue.new(capacity: 1)
    [proc {}, $stdout, [1, Object.new], { "a" => 2**64 }].each do |value|
      assert_raises(Billiard::EncodingError) { queue.put(value) }
      assert_predicate queue, :empty?
    end
    queue.put(1)
    assert_equal [true, 1], [queue.full?, queue.get]
  end

  def test_a_closed_queue
    queue = Billiard::Queue.new
    refute_predicate queue, :closed?
    assert_same queue, queue.close.close
    assert_predicate queue, :closed?
    assert_raises(Billiard::ClosedError) { queue.put(1) }
    assert_nil queue.release
    assert_nil queue.release
    assert_raises(Billiard::ClosedError) { queue.size }
  end

  def test_closing_ends_waits_of_other_threads
    %i[close close_all release].each do |ending|
      queue = Billiard::Queue.new
      taker = Thread.new { queue.get }
      taker.report_on_exception = false
      wait_until_asleep(taker)
      queue.public_send(ending)
      assert_raises(Billiard::ClosedError) { taker.value }
    end
  end

  def test_empty_and_full_are_kinds_of_their_own
    queue = Billiard::Queue.new(capacity: 1)
    empty = assert_raises(Billiard::Queue::Empty) { queue.get(timeout: 0) }
    queue.put(1)
    full = assert_raises(Billiard::Queue::Full) { queue.put(2, timeout: 0.01) }
    assert_equal %w[EMPTY FULL], [empty, full].map(&:status_name)
    [empty, full].each do |error|
      assert_kind_of Billiard::Error, error
      refute_kind_of Billiard::ProcessError, error
    end
  end

  def test_the_block_form_releases
    queue = nil
    assert_equal 5, Billiard::Queue.open(queue_name) { |made| (queue = made).put(5).get }
    assert_raises(Billiard::ClosedError) { queue.get }
  end

  def test_producers_and_consumers_in_threads
    queue = Billiard::Queue.new(capacity: 3)
    producers = Array.new(4) { |p| Thread.new { 100.times { |i| queue.put([p, i]) } } }
    consumers = Array.new(3) do
      Thread.new do
        got = []
        got << queue.get while true
      rescue Billiard::ClosedError
        got
      end
    end
    producers.each(&:join)
    queue.close_all
    got = consumers.flat_map(&:value)
    assert_equal 4.times.to_a.product(100.times.to_a), got.sort
  end

  def test_values_that_change_during_a_put
    queue = Billiard::Queue.new(capacity: 1)
    queue.put(0)
    text = "a" * 100
    putter = Thread.new { queue.put_bytes(text) }
    wait_until_asleep(putter)
    text.replace("b")
    GC.start
    queue.get
    putter.join
    assert_includes ["a" * 100, "b"], queue.get
  end
end
