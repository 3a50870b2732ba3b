# frozen_string_literal: true

require "json"
require_relative "support/small_scheduler"
require_relative "support/test_case"

# Pipes and connections between processes, threads and fibers.
class ConnectionTest < BilliardTest
  def with_pipe(**options, &block)
    Billiard.pipe(**options, &block)
  end

  def test_values_go_both_ways
    value = { "n" => [1, 2.5, nil, true], "t" => "é", "b" => "\xFF".b }
    with_pipe do |first, second|
      first.send(value)
      assert_equal value, second.recv
      second << :symbol
      assert_equal "symbol", first.recv
      first.send_bytes("\x00raw".b)
      assert_equal "\x00raw".b, second.recv_bytes
    end
  end

  # CONN-70
  def test_values_in_another_form
    with_pipe do |first, second|
      one, other = [first, second].map do |connection|
        Billiard::CodecConnection.new(connection, dump: JSON.method(:generate), load: JSON.method(:parse))
      end
      one << { "n" => [1, nil, "é"] }
      assert_equal({ "n" => [1, nil, "é"] }, other.recv(timeout: 5))
      other.send(1..2).send([7])
      assert_equal ["1..2", [7]], [one.recv, one.recv]
      assert_raises(Billiard::EncodingError) { one.send(Float::NAN) }
      second.send_bytes("{")
      error = assert_raises(Billiard::DecodingError) { one.recv }
      assert_instance_of JSON::ParserError, error.cause
      refute_predicate one, :poll # what could not be encoded was not sent, what could not be read is gone
      one.close
      assert_raises(EOFError) { other.recv }
    end
  end

  def test_bad_forms_are_named
    with_pipe do |first, _second|
      bytes = JSON.method(:generate)
      assert_refuses(TypeError, "dump") { Billiard::CodecConnection.new(first, dump: 1, load: bytes) }
      assert_refuses(TypeError, "load") { Billiard::CodecConnection.new(first, dump: bytes, load: nil) }
      assert_refuses(TypeError, "connection") { Billiard::CodecConnection.new(1, dump: bytes, load: bytes) }
      numbers = Billiard::CodecConnection.new(first, dump: :to_i.to_proc, load: bytes)
      assert_refuses(Billiard::EncodingError, "dump must return a String") { numbers.send(1) }
    end
  end

  # test_connection
  def test_a_child_echoes_messages_of_every_size
    with_pipe do |first, second|
      pid = fork do
        first.close
        loop { second.send_bytes(second.recv_bytes) }
      rescue EOFError
        exit!(7)
      end
      second.close
      ["hello", "", "L" * (16 << 20)].each do |message|
        sender = Thread.new { first.send_bytes(message) }
        assert_equal message.b, first.recv_bytes
        sender.join
      end
      assert_equal [false, false], [first.poll, first.poll(0.001)]
      first.send(1)
      assert_equal [true, 1, nil], [first.poll(nil), first.recv, first.close]
      Process.wait(pid)
      assert_equal 7, Process.last_status.exitstatus
    end
  end

  # test_duplex_false
  def test_a_one_way_pipe_has_directions
    with_pipe(duplex: false) do |reader, writer|
      assert_equal [true, false, false, true],
                   [reader.readable?, reader.writable?, writer.readable?, writer.writable?]
      writer.send("one way")
      assert_equal "one way", reader.recv
      assert_match(/read-only/, assert_raises(Billiard::StateError) { reader.send(1) }.message)
      assert_match(/write-only/, assert_raises(Billiard::StateError) { writer.recv }.message)
      assert_match(/write-only/, assert_raises(Billiard::StateError) { writer.poll }.message)
    end
  end

  # test_sendbytes
  def test_parts_of_a_message
    with_pipe do |first, second|
      [[[], "latin"], [[2], "tin"], [[2, 2], "ti"], [[5], ""], [[5, 0], ""], [[0, 0], ""]].each do |part, got|
        first.send_bytes("latin", *part)
        assert_equal got, second.recv_bytes
      end
      [[-1], [6], [0, -1], [0, 6], [4, 2]].each do |part|
        assert_raises(ArgumentError, part.inspect) { first.send_bytes("latin", *part) }
      end
      refute second.poll
    end
  end

  def test_into_a_string
    with_pipe do |first, second|
      buffer = +"---------"
      first.send_bytes("abc")
      assert_equal [3, "--abc----"], [second.recv_bytes_into(buffer, 2), buffer]
      first.send_bytes("longer than that")
      error = assert_raises(Billiard::BufferTooShort) { second.recv_bytes_into(buffer) }
      assert_equal ["longer than that", "--abc----"], [error.received, buffer]
      assert_raises(ArgumentError) { second.recv_bytes_into(buffer, -1) }
      assert_raises(ArgumentError) { second.recv_bytes_into(buffer, 10) }
      assert_raises(FrozenError) { second.recv_bytes_into("frozen", 0, timeout: 0) }
      first.send_bytes("")
      assert_equal 0, second.recv_bytes_into(buffer, 9)
    end
  end

  def test_a_message_above_its_limit_ends_receiving
    with_pipe do |first, second|
      first.send_bytes("0123456789")
      assert_raises(Billiard::TooLargeError) { second.recv_bytes(5) }
      assert_equal [false, true], [second.readable?, second.writable?]
      second.send(3)
      assert_equal 3, first.recv
      assert_raises(ArgumentError) { first.recv_bytes(-1) }
    end
    with_pipe(max_message: 10) do |first, second|
      assert_raises(Billiard::TooLargeError) { first.send_bytes("0123456789a") }
      first.send_bytes("")
      assert_equal "", second.recv_bytes(0)
    end
  end

  def test_timeouts_lose_nothing
    with_pipe do |first, second|
      assert_raises(Billiard::TimeoutError) { first.recv(timeout: 0.01) }
      assert_raises(Billiard::TimeoutError) { first.recv(timeout: 0) }
      large = "x" * (8 << 20)
      first.send_bytes(large, timeout: 0.01)
      assert_operator first.pending, :>, 0
      assert_equal false, first.flush(timeout: 0)
      assert_raises(Billiard::TimeoutError) { first.send(2, timeout: 0.01) }
      reader = Thread.new { second.recv_bytes }
      assert_equal true, first.flush
      assert_equal [large, 0], [reader.value, first.pending]
    end
  end

  def test_non_blocking_ends
    with_pipe(rnonblock: true, wnonblock: true) do |first, second|
      assert_raises(Billiard::WouldBlockError) { first.recv }
      large = "x" * (8 << 20)
      second.send_bytes(large)
      assert_operator second.pending, :>, 0
      assert_raises(Billiard::WouldBlockError) { second.flush }
      first.nonblock = false
      reader = Thread.new { first.recv_bytes }
      second.nonblock = false
      second.flush
      assert_equal large, reader.value
    end
  end

  def test_ends_of_the_other_side
    with_pipe do |first, second|
      first.send(1)
      first.close
      assert_equal 1, second.recv
      assert second.poll
      assert_kind_of EOFError, assert_raises(Billiard::EndOfStreamError) { second.recv }
      assert_equal Errno::EPIPE::Errno, assert_raises(Billiard::SystemError) { second.send(1) }.errno
    end
  end

  def test_closed_ends
    with_pipe do |first, _second|
      refute_predicate first, :closed?
      2.times { first.close }
      assert_predicate first, :closed?
      [-> { first.send(1) }, -> { first.recv }, -> { first.poll }, -> { first.fileno }, -> { first.to_io },
       -> { first.flush }].each { |call| assert_raises(Billiard::ClosedError, &call) }
      assert_equal "#<Billiard::Connection closed>", first.inspect
    end
  end

  def test_closing_ends_a_wait
    with_pipe do |first, _second|
      waiter = Thread.new { assert_raises(Billiard::ClosedError) { first.recv } }
      wait_until_asleep(waiter)
      first.close
      waiter.join
    end
  end

  def test_exceptions_end_waits_and_lose_no_message
    with_pipe do |first, second|
      assert_raises(Timeout::Error) { Timeout.timeout(0.01) { first.recv } }
      waiter = Thread.new { assert_raises(RuntimeError) { first.recv } }
      wait_until_asleep(waiter)
      waiter.raise("stop")
      waiter.join
      second.send("kept")
      assert_equal "kept", first.recv
    end
  end

  # Where Ruby lets exceptions in only while a thread blocks, each message arrives.
  def test_many_exceptions_lose_no_message
    with_pipe do |first, second|
      stop = Class.new(StandardError)
      got = []
      started = Thread::Queue.new
      receiver = Thread.new do
        Thread.handle_interrupt(stop => :never) do
          started << true
          until got.size == 200
            begin
              Thread.handle_interrupt(stop => :on_blocking) { got << first.recv }
            rescue stop
              next
            end
          end
        end
      rescue stop
        nil # came after the last message
      end
      started.pop
      200.times do |i|
        second.send(i)
        receiver.raise(stop) if i.even? && receiver.alive?
      end
      wait_until { got.size == 200 }
      assert_equal [*0...200], got
    end
  end

  def test_other_threads_run_meanwhile
    with_pipe do |first, second|
      waiter = Thread.new { first.recv }
      wait_until_asleep(waiter)
      second.send(5)
      assert_equal 5, waiter.value
    end
  end

  def test_fibers_wait_side_by_side
    order = []
    with_pipe do |first, second|
      Thread.new do
        Fiber.set_scheduler(SmallScheduler.new)
        Fiber.schedule { order << first.recv }
        Fiber.schedule do
          order << :second_fiber_runs
          second.send(1)
        end
      end.join
    end
    assert_equal [:second_fiber_runs, 1], order
  end

  def test_what_no_message_can_say
    with_pipe do |first, second|
      assert_raises(Billiard::EncodingError) { first.send(proc {}) }
      assert_raises(TypeError) { first.send_bytes(5) }
      assert_raises(TypeError) { first.recv(timeout: "soon") }
      first.send_bytes("\xC1".b)
      assert_raises(Billiard::DecodingError) { second.recv }
      first.send_bytes(Marshal.dump(Object.new))
      assert_raises(Billiard::DecodingError) { second.recv }
    end
  end

  # test_pickling
  def test_a_connection_goes_through_a_connection
    with_pipe do |first, second|
      with_pipe(duplex: false) do |reader, writer|
        first.send_connection(writer)
        received = second.recv_connection
        writer.close
        assert_equal [false, true], [received.readable?, received.writable?]
        received.send(7)
        assert_equal 7, reader.recv
        assert_raises(TypeError) { first.send_connection(5) }
        received.close
        assert_raises(EOFError) { reader.recv }
      end
      first.send(1)
      assert_raises(Billiard::CorruptError) { second.recv_connection }
    end
  end

  def test_files_go_through_a_connection
    with_pipe do |first, second|
      reader, writer = IO.pipe
      first.send_io(writer)
      second.recv_io.tap { |io| io.write("through") }.close
      first.send_fds("two", [reader, writer.fileno])
      bytes, numbers = second.recv_fds
      assert_equal ["two", 2], [bytes, numbers.size]
      writer.close
      IO.for_fd(numbers[1]).close
      assert_equal "through", IO.for_fd(numbers[0]).read
      first.send(1)
      assert_raises(Billiard::CorruptError) { second.recv_io }
      reader.close
    end
  end

  def test_tickets
    reader, writer = IO.pipe
    ticket = Billiard.share_fd(writer)
    writer.close
    answer = in_child do
      IO.for_fd(Billiard.claim_fd(ticket)).syswrite("claimed")
      begin
        Billiard.claim_fd(ticket)
      rescue Billiard::NotFoundError
        "once"
      end
    end
    assert_equal ["once", "claimed"], [answer, reader.read]
    assert_equal true, Billiard.stop_sharing_fds(timeout: 30)
    assert_raises(ArgumentError) { Billiard.claim_fd("no ticket") }
  end

  # CONN-30 to CONN-32
  def test_waiting_for_several
    with_pipe do |first, second|
      reader, writer = IO.pipe
      objects = [first, reader, first.fileno, first]
      assert_equal [], Billiard.wait(objects, 0)
      assert_equal [], Billiard.wait(objects, 0.01)
      assert_equal [], Billiard.wait([], 0.01)
      second.send(1)
      assert_equal [first, first.fileno, first], Billiard.wait(objects)
      writer.write(".")
      assert_equal objects, Billiard.wait(objects)
      assert_match(/invalid file descriptor 987654/,
                   assert_raises(ArgumentError) { Billiard.wait([first, 987_654]) }.message)
      assert_raises(TypeError) { Billiard.wait(["x"]) }
      [reader, writer].each(&:close)
    end
  end

  def test_an_exception_ends_waiting_for_several
    with_pipe { |first, _| assert_raises(Timeout::Error) { Timeout.timeout(0.01) { Billiard.wait([first]) } } }
  end

  def test_for_event_loops
    with_pipe do |first, second|
      assert_nil IO.select([first], nil, nil, 0)
      second.send(1)
      assert_equal [[first], [], []], IO.select([first])
    end
  end

  # test_invalid_handles
  def test_from_descriptors
    left, right = UNIXSocket.pair
    with_left = Billiard::Connection.for_fd(left)
    left.close
    with_right = Billiard::Connection.for_fd(right)
    with_left.send("socket")
    assert_equal "socket", with_right.recv
    assert_raises(ArgumentError) { Billiard::Connection.for_fd(-1) }
    assert_raises(ArgumentError) { Billiard::Connection.for_fd(987_654) }
    assert_raises(ArgumentError) { Billiard::Connection.for_fd(right, readable: false, writable: false) }
    assert_raises(TypeError) { Billiard::Connection.for_fd("x") }
    [with_left, with_right, right].each(&:close)
  end

  def test_forgotten_connections_are_closed
    first, = Billiard.pipe
    wait_until do
      GC.start
      first.poll
    end
    assert_raises(EOFError) { first.recv }
  end
end
