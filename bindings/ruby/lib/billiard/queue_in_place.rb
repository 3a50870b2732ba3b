# frozen_string_literal: true

module Billiard
  class Queue
    # A message that was taken and lies in shared memory still, until it is acknowledged or given
    # back. It belongs to the process that took it; when that dies, the queue's delivery decides.
    class TakenMessage
      # @api private
      def initialize(handle)
        @handle = handle
        @settled = false
      end

      # @return [String] binary, a copy
      # @raise [StateError] it was acknowledged or given back
      def bytes
        payload.bytes
      end

      # @return [Object] the value; a binary String when it was put as bytes
      # @raise [DecodingError, StateError]
      def value
        payload.value
      end

      # @return [Boolean] whether it was put as bytes
      def raw?
        payload.raw?
      end

      # @return [Integer] how often it was delivered before: 0, unless a taker died with it or gave
      #   it back
      def redelivered
        Native.bp_message_redelivered(@handle)
      end

      # Done with it: it is gone for good, and finished in a joinable queue.
      #
      # @return [self]
      # @raise [StateError] acknowledged or given back before
      # @raise [ForkedError] in a forked child
      def acknowledge
        Native.bp_message_ack(@handle)
        @settled = true
        self
      end
      alias ack acknowledge

      # Gives it back: it comes out again, before newer ones.
      #
      # @return [self]
      # @raise [StateError, ForkedError] as #acknowledge
      def give_back
        Native.bp_message_return(@handle)
        @settled = true
        self
      end

      # @return [Boolean] whether it was acknowledged or given back here
      def settled?
        @settled
      end

      # Frees the handle. A message that is not settled is given back when the queue delivers at least
      # once, and acknowledged when it delivers at most once. The garbage collector does it too.
      #
      # @return [nil]
      def release
        Native.release(@handle)
      end

      private

      def payload
        raise Error.make(StateError, "the message was acknowledged or given back") if settled?

        Message.new(*Native.bp_message_payload(@handle))
      end
    end

    # Room for one message in the queue's own memory. Nobody sees it before #commit.
    class Reservation
      # @return [Integer] bytes
      attr_reader :size

      # @api private
      def initialize(handle, size, wait_for_place)
        @handle = handle
        @size = size
        @wait_for_place = wait_for_place
      end

      # Copies bytes in.
      #
      # @param offset [Integer]
      # @param bytes [String]
      # @return [self]
      # @raise [OutOfRangeError] nothing was written
      # @raise [StateError] it was committed
      def write(offset, bytes)
        raise TypeError, "offset must be an Integer, not #{offset.class}" unless offset.is_a?(Integer)

        bytes = Codec.raw(bytes, "bytes")
        return self if offset.bit_length < 63 && Native.reservation_write(@handle, offset, bytes)

        raise OutOfRangeError.of("bytes #{offset} to #{offset + bytes.bytesize}", "#{size} bytes")
      end

      # Puts the first bytes as one message, raw. Waits while the queue is full.
      #
      # @param size [Integer, nil] bytes; nil: all
      # @param timeout [Numeric, nil] seconds; nil waits for ever, 0 or less not at all
      # @return [nil]
      # @raise [Full] no place in time; the reservation is as it was
      # @raise [ClosedError, StateError, ForkedError, ArgumentError]
      def commit(size = nil, timeout: nil)
        size ||= @size
        raise TypeError, "size must be an Integer, not #{size.class}" unless size.is_a?(Integer)
        raise ArgumentError, "size is out of range: #{size}" unless size.between?(0, @size)

        deadline = Seconds.deadline(Seconds.timeout(timeout))
        until Native.bp_queue_commit(@handle, size, Codec::RAW, 0)
          next if @wait_for_place.call(deadline)

          raise Error.make(Full, "the queue stayed full for #{timeout} s")
        end
        release
      end

      # Gives the bytes back to the queue, if they were not committed. May be repeated; the garbage
      # collector does it too.
      #
      # @return [nil]
      def release
        Native.release(@handle)
      end
    end
  end
end
