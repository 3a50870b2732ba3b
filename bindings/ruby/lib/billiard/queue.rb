# frozen_string_literal: true

module Billiard
  # A queue between any number of processes and threads, in any of Billiard's languages.
  #
  # Each message comes out once, in the order of the puts. A queue works on both sides of any fork,
  # also of Kernel#fork; a named one is opened by name anywhere. Values travel as MessagePack.
  class Queue
    # One message as it travelled.
    Message = Struct.new(:bytes, :format) do
      # @return [Boolean] whether it was put as bytes
      def raw?
        format == Codec::RAW
      end

      # @return [Object] the value; a binary String when it was put as bytes
      # @raise [DecodingError]
      def value
        Codec.decode(bytes, format)
      end
    end

    class << self
      # Opens the queue of this name, and makes it when no living process has it; an existing queue
      # keeps its own limits. With a block the handle is released after it.
      #
      # @param name [String] 1 to 200 bytes without "/"
      # @yieldparam queue [Queue]
      # @return [Object, Queue] what the block returns; without a block the queue
      # @raise [CorruptError] something else is under that name
      # @raise see #initialize
      def open(name, **limits)
        queue = new(name: name, **limits)
        return queue unless block_given?

        begin
          yield queue
        ensure
          queue.release
        end
      end
    end

    # Makes an anonymous queue, which forked children share.
    #
    # @param capacity [Integer, nil] messages; nil: as many as the memory holds
    # @param max_message [Integer, nil] bytes of one message; nil: 1 GiB
    # @param max_bytes [Integer, nil] shared memory in all; nil: 64 GiB of address space
    # @param name [String, nil] see Queue.open
    # @raise [ArgumentError, TypeError] for a wrong argument, which is named
    # @raise [OutOfMemoryError, SystemError]
    def initialize(capacity: nil, max_message: nil, max_bytes: nil, name: nil)
      limits = [limit(capacity, "capacity", 2**32), limit(max_message, "max_message", 2**63),
                limit(max_bytes, "max_bytes", 2**63)]
      @handle = if name.nil?
                  Native.bpi_queue_create(*limits)
                else
                  Native.bpi_queue_open(check_name(name), *limits)
                end
      @closed = false
    end

    # Puts a value; it is in shared memory when this returns. Waits while the queue is full.
    #
    # @param timeout [Numeric, nil] seconds; nil waits for ever, 0 or less not at all
    # @return [self]
    # @raise [Full] no place in time
    # @raise [ClosedError] closed, here or for all
    # @raise [EncodingError, TooLargeError, OutOfMemoryError]
    def put(value, timeout: nil)
      put_message(Codec.encode(value), Codec::MSGPACK, timeout)
    end
    alias push put
    alias << put

    # Puts bytes as they are, for programs that agree on their meaning.
    #
    # @param bytes [String]
    # @return [self]
    # @raise see #put
    def put_bytes(bytes, timeout: nil)
      put_message(Codec.raw(bytes, "bytes"), Codec::RAW, timeout)
    end

    # Takes the oldest message and returns its value. Waits while the queue is empty. When an
    # exception (Timeout, Thread#raise ...) ends the wait, no message is lost.
    #
    # @param timeout [Numeric, nil] seconds; nil waits for ever, 0 or less not at all
    # @return [Object] a binary String when the message was put as bytes
    # @raise [Empty] no message in time
    # @raise [ClosedError] closed here; or closed for all, and empty
    # @raise [DecodingError] the message is not what its format says
    def get(timeout: nil)
      get_message(timeout: timeout).value
    end
    alias pop get
    alias shift get

    # Takes the oldest message and returns its bytes, whatever their format.
    #
    # @return [String] binary
    # @raise see #get
    def get_bytes(timeout: nil)
      get_message(timeout: timeout).bytes
    end

    # Takes the oldest message as it is.
    #
    # @return [Message]
    # @raise see #get
    def get_message(timeout: nil)
      deadline = Seconds.deadline(Seconds.timeout(timeout))
      until (message = Native.bp_queue_get(@handle, 0))
        next if wait_until(deadline) { |left| Native.bp_queue_wait_get(@handle, left) }

        raise Error.make(Empty, "the queue stayed empty for #{timeout} s")
      end
      Message.new(*message)
    end

    # @return [Integer] messages in the queue
    def size
      Native.bp_queue_size(@handle)
    end
    alias length size

    # @return [Boolean]
    def empty?
      size.zero?
    end

    # @return [Integer] the largest number of messages
    def capacity
      Native.bp_queue_capacity(@handle)
    end

    # @return [Integer] messages lost with processes that were killed in the middle of taking them
    def lost
      Native.bp_queue_lost(@handle)
    end

    # Closes this handle; its waits end with ClosedError. Messages stay for others. May be repeated.
    #
    # @return [self]
    def close
      Native.bp_queue_close(@handle) unless @closed
      @closed = true
      self
    end

    # Closes the queue for everybody: no more puts; gets end when it is empty. May be repeated.
    #
    # @return [self]
    def close_all
      Native.bp_queue_close_all(@handle)
      self
    end

    # @return [Boolean] whether this handle was closed here
    def closed?
      @closed
    end

    # Closes and frees this handle; later calls raise ClosedError. The garbage collector does it
    # too.
    #
    # @return [nil]
    def release
      close
      Native.release(@handle)
    end

    private

    def put_message(bytes, format, timeout)
      deadline = Seconds.deadline(Seconds.timeout(timeout))
      until Native.bp_queue_put(@handle, bytes, format, 0)
        next if wait_until(deadline) { |left| Native.bp_queue_wait_put(@handle, left) }

        raise Error.make(Full, "the queue stayed full for #{timeout} s")
      end
      self
    end

    def wait_until(deadline)
      left = Seconds.left(deadline)
      !left.zero? && Scheduler.blocking { yield left }
    end

    def limit(value, name, bound)
      return 0 if value.nil?
      raise TypeError, "#{name} must be an Integer, not #{value.class}" unless value.is_a?(Integer)
      return value if value.between?(1, bound - 1)

      raise ArgumentError, "#{name} must be at least 1 and below #{bound}, got #{value}"
    end

    def check_name(name)
      return name if name.is_a?(String)

      raise TypeError, "name must be a String, not #{name.class}"
    end
  end
end
