# frozen_string_literal: true

module Billiard
  # One end of a pipe, or of a connection to a Listener: a stream of whole messages, both ways or one.
  #
  #   first, second = Billiard.pipe
  #   second.send({ "n" => 1 })
  #   first.recv # => { "n" => 1 }
  #
  # Values travel as MessagePack, and decode to data alone, whatever the other side sends. What a call could
  # not finish for a timeout, an exception or a non-blocking end is kept inside the connection: nothing is
  # lost or sent twice. An end works on both sides of a fork, but two processes must not use the same end at
  # the same time; threads may. As with a socket, #send is not Object#send: that is #__send__ here.
  class Connection
    LARGEST_MESSAGE = Native::BP_MESSAGE_MAX

    class << self
      # A connection of a stream socket or an end of a pipe, which it takes: an Integer is its from now on,
      # of an IO it takes a duplicate.
      #
      # @param file [Integer, IO]
      # @param readable [Boolean] false: only sends
      # @param writable [Boolean] false: only receives
      # @param nonblock [Boolean] see #nonblock=
      # @param max_message [Integer, nil] bytes, either way; nil: 256 MiB
      # @return [Connection]
      # @raise [ArgumentError, TypeError] no open descriptor of a stream; neither readable nor writable
      def for_fd(file, readable: true, writable: true, nonblock: false, max_message: nil)
        limit = Connection.limit(max_message)
        return adopt(file, readable, writable, nonblock, limit) if file.is_a?(Integer)
        raise TypeError, "file must be an IO or a descriptor, not #{file.class}" unless file.respond_to?(:to_io)

        copy = file.to_io.dup.tap { |io| io.autoclose = false }
        begin
          adopt(copy.fileno, readable, writable, nonblock, limit)
        rescue StandardError
          copy.autoclose = true
          copy.close
          raise
        end
      end

      # @api private
      def from_handle(handle)
        allocate.tap { |connection| connection.instance_variable_set(:@handle, handle) }
      end

      # @api private
      def handle_of(connection)
        return connection.instance_variable_get(:@handle) if connection.is_a?(Connection)

        raise TypeError, "connection must be a Billiard::Connection, not #{connection.class}"
      end

      # @api private
      def limit(max_message)
        return 0 if max_message.nil?
        unless max_message.is_a?(Integer)
          raise TypeError, "max_message must be an Integer, not #{max_message.class}"
        end
        return max_message if max_message.between?(1, LARGEST_MESSAGE)

        raise ArgumentError, "max_message must be within 1..#{LARGEST_MESSAGE}, got #{max_message}"
      end

      private

      def adopt(number, readable, writable, nonblock, limit)
        raise ArgumentError, "file: no descriptor: #{number}" unless number.between?(-(2**31), (2**31) - 1)

        from_handle(Native.bpi_connection_from_fd(number, readable ? 0 : 1, writable ? 0 : 1,
                                                  nonblock ? 1 : 0, limit))
      end
    end

    private_class_method :new

    # Sends a value as one message. Waits while there is no room.
    #
    # @param timeout [Numeric, nil] seconds; nil waits for ever
    # @return [self] the message is on its way; or accepted, and #pending tells what is to be flushed
    # @raise [TimeoutError] no room in time; nothing was sent
    # @raise [WouldBlockError] a non-blocking end has no room
    # @raise [ClosedError] closed here
    # @raise [StateError] it only receives
    # @raise [SystemError] the other side has gone (errno EPIPE)
    # @raise [EncodingError, TooLargeError, OutOfMemoryError]
    def send(value, timeout: nil)
      send_message(Codec.encode(value), timeout)
    end

    # @return [self]
    # @raise see #send
    def <<(value)
      self.send(value)
    end

    # Sends bytes as they are, as one message. An empty one is a message too.
    #
    # @param bytes [String]
    # @param offset [Integer] bytes to leave out
    # @param size [Integer, nil] how many to send; nil: to the end
    # @return [self]
    # @raise [InvalidError] offset and size are no part of it
    # @raise see #send
    def send_bytes(bytes, offset = 0, size = nil, timeout: nil)
      Codec.raw(bytes, "bytes")
      return send_message(bytes, timeout) if offset.zero? && size.nil?
      raise ArgumentError, "size is negative: #{size}" if size&.negative?

      sending(timeout) { Native.bp_connection_send_slice(@handle, bytes, offset, size || -1, 0) }
    end

    # Sends the rest of a message that is pending.
    #
    # @param timeout [Numeric, nil] seconds; nil waits for ever
    # @return [Boolean] whether nothing is pending any more
    # @raise see #send
    def flush(timeout: nil)
      flush_until(Seconds.deadline(Seconds.timeout(timeout)))
    end

    # @return [Integer] bytes that are pending
    def pending
      Native.bp_connection_pending(@handle)
    end

    # Writes bytes without a frame, in one write, for a peer that speaks something else.
    #
    # @return [Integer] how many were written
    # @raise [WouldBlockError] no room
    # @raise see #send
    def send_raw(bytes)
      Native.bp_connection_send_raw(@handle, Codec.raw(bytes, "bytes"))
    end

    # Receives a message and returns its value. Waits until the whole message has come; what has come when
    # an exception or the timeout ends the wait is kept.
    #
    # @param timeout [Numeric, nil] seconds; nil waits for ever, 0 or less not at all
    # @return [Object]
    # @raise [TimeoutError] no whole message in time
    # @raise [WouldBlockError] a non-blocking end has none
    # @raise [EndOfStreamError] an EOFError: the other side has closed
    # @raise [SystemError] it was lost inside of a message
    # @raise [ClosedError] closed here
    # @raise [StateError] it only sends
    # @raise [DecodingError] the message is not MessagePack; it is gone
    # @raise [TooLargeError, CorruptError, OutOfMemoryError]
    def recv(timeout: nil)
      Codec.decode(recv_bytes(timeout: timeout), Codec::MSGPACK)
    end

    # Receives the bytes of a message.
    #
    # @param max_length [Integer, nil] a longer message ends receiving: TooLargeError
    # @return [String] binary
    # @raise see #recv
    def recv_bytes(max_length = nil, timeout: nil)
      raise ArgumentError, "negative max_length: #{max_length}" if max_length&.negative?

      receiving(timeout) { Native.bp_connection_recv(@handle, max_length || -1, 0) }.first
    end

    # Receives a message into a String, from an offset on. It keeps its size.
    #
    # @param buffer [String] changed in place
    # @return [Integer] bytes of the message
    # @raise [BufferTooShort] the message, which BufferTooShort#received has, is longer; the connection goes
    #   on
    # @raise [InvalidError] the offset is outside of the buffer
    # @raise see #recv
    def recv_bytes_into(buffer, offset = 0, timeout: nil)
      Codec.raw(buffer, "buffer")
      got = receiving(timeout) { Native.bp_connection_recv_into(@handle, buffer, offset, 0) }
      return got if got.is_a?(Integer)

      message = "the buffer has room for #{buffer.bytesize - offset} bytes, the message has #{got[0].bytesize}"
      raise Error.make(BufferTooShort, message).tap { |error| error.received = got[0] }
    end

    # Whether there is something to read, also when that is the end.
    #
    # @param timeout [Numeric, nil] seconds; 0 or less only looks, nil waits for ever
    # @return [Boolean]
    # @raise [ClosedError, StateError]
    def poll(timeout = 0)
      timeout_ns = Seconds.timeout(timeout)
      return Native.bp_connection_poll(@handle, 0) if timeout_ns.zero?

      Scheduler.blocking { Native.bp_connection_poll(@handle, timeout_ns) }
    end

    # Proves that the other side has the same key, as the first half of a listener's handshake.
    #
    # @param key [String]
    # @return [self]
    # @raise [AuthenticationError]
    # @raise see #recv
    def deliver_challenge(key, timeout: nil)
      converse(key, timeout) { |bytes, left| Native.bp_connection_deliver_challenge(@handle, bytes, left) }
    end

    # Proves to the other side, which delivers a challenge, that this one has the same key.
    #
    # @return [self]
    # @raise see #deliver_challenge
    def answer_challenge(key, timeout: nil)
      converse(key, timeout) { |bytes, left| Native.bp_connection_answer_challenge(@handle, bytes, left) }
    end

    # Whether sends and receives never wait, but raise WouldBlockError. Of this object alone: the
    # descriptor's flags stay.
    #
    # @param nonblock [Boolean]
    def nonblock=(nonblock)
      Native.bp_connection_set_blocking(@handle, nonblock ? 0 : 1)
    end

    # @return [Boolean]
    def readable?
      Native.bp_connection_readable(@handle) == 1
    end

    # @return [Boolean]
    def writable?
      Native.bp_connection_writable(@handle) == 1
    end

    # @return [Boolean]
    def closed?
      Native.bp_connection_closed(@handle) == 1
    end

    # @return [Integer] the descriptor, which stays the connection's
    # @raise [ClosedError]
    def fileno
      Native.bp_connection_fd(@handle)
    end

    # For IO.select and event loops: readable when there is something to receive. Not to be read or closed.
    #
    # @return [IO]
    # @raise [ClosedError]
    def to_io
      number = fileno
      @io = IO.for_fd(number, autoclose: false) unless @io&.fileno == number
      @io
    end

    # Closes this process's end; its waits end with ClosedError. What is pending is not sent. May be
    # repeated; the garbage collector does it too.
    #
    # @return [nil]
    def close
      Native.bp_connection_close(@handle)
    end

    # @return [String]
    def inspect
      state = closed? ? "closed" : [("readable" if readable?), ("writable" if writable?)].compact.join(" ")
      "#<#{self.class} #{state}>"
    end
    alias to_s inspect

    private

    def send_message(bytes, timeout)
      sending(timeout) { Native.bp_connection_send(@handle, bytes, 0) }
    end

    # Yields until the message is accepted; then it is brought on its way as far as the time allows.
    def sending(timeout)
      deadline = Seconds.deadline(Seconds.timeout(timeout))
      until (answer = yield)
        next if wait_for_room(deadline)

        raise Error.make(TimeoutError, "there was no room for the message for #{timeout} s")
      end
      finish(deadline) if answer == Native::BP_PENDING
      self
    end

    # A non-blocking end leaves it to its caller.
    def finish(deadline)
      flush_until(deadline)
    rescue WouldBlockError
      nil
    end

    def flush_until(deadline)
      until Native.bp_connection_flush(@handle, 0) == true
        return false unless wait_for_room(deadline)
      end
      true
    end

    def receiving(timeout)
      deadline = Seconds.deadline(Seconds.timeout(timeout))
      loop do
        got = yield
        return got unless got.nil?
        next if Scheduler.wait_until(deadline) { |left| Native.bp_connection_poll(@handle, left) }

        raise Error.make(TimeoutError, "no whole message came within #{timeout} s")
      end
    end

    def wait_for_room(deadline)
      Scheduler.wait_until(deadline) { |left| Native.bp_connection_poll_send(@handle, left) }
    end

    def converse(key, timeout)
      bytes = AuthKey.check(key)
      left = Seconds.timeout(timeout)
      done = Scheduler.in_one_piece { yield bytes, left }
      raise Error.make(TimeoutError, "the other side did not answer within #{timeout} s") unless done

      self
    end
  end

  # Keys, as callers give them.
  # @api private
  module AuthKey
    # @return [String] binary
    def self.check(key)
      return key.b if key.is_a?(String)

      raise TypeError, "authkey should be a byte string, not #{key.class}"
    end
  end
  private_constant :AuthKey

  class << self
    # Makes two connected ends; a child made by any fork has both. With a block both are closed after it.
    #
    # @param duplex [Boolean] false: the first end receives, the second sends
    # @param rnonblock [Boolean] the first end never waits (Connection#nonblock=)
    # @param wnonblock [Boolean] the second end never waits
    # @param max_message [Integer, nil] bytes; nil: 256 MiB
    # @yieldparam first [Connection]
    # @yieldparam second [Connection]
    # @return [Object, Array(Connection, Connection)] what the block returns; without a block the ends
    # @raise [OutOfMemoryError, SystemError]
    def pipe(duplex: true, rnonblock: false, wnonblock: false, max_message: nil)
      handles = Native.bpi_pipe_create(duplex ? 0 : 1, rnonblock ? 1 : 0, wnonblock ? 1 : 0,
                                       Connection.limit(max_message))
      ends = handles.map { |handle| Connection.from_handle(handle) }
      return ends unless block_given?

      begin
        yield(*ends)
      ensure
        ends.each(&:close)
      end
    end
  end
end
