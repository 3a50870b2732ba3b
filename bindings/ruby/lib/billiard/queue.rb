# frozen_string_literal: true

module Billiard
  # A queue between any number of processes and threads, in any of Billiard's languages.
  #
  # Each message comes out once, in the order of the puts. A queue works on both sides of any fork,
  # also of Kernel#fork; a named one is opened by name anywhere. Values travel as MessagePack.
  #
  # A message whose taker dies before it is done with it is lost and counted, or, with `delivery:
  # :at_least_once`, comes out again, before newer ones.
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

    DELIVERIES = { at_most_once: Native::BP_AT_MOST_ONCE,
                   at_least_once: Native::BP_AT_LEAST_ONCE }.freeze
    private_constant :DELIVERIES

    # Makes an anonymous queue, which forked children share.
    #
    # @param capacity [Integer, nil] messages; nil: as many as the memory holds
    # @param max_message [Integer, nil] bytes of one message; nil: 1 GiB
    # @param max_bytes [Integer, nil] shared memory in all; nil: 64 GiB of address space
    # @param delivery [:at_most_once, :at_least_once] see above
    # @param joinable [Boolean] count unfinished messages, for #task_done and #join
    # @param name [String, nil] see Queue.open
    # @raise [ArgumentError, TypeError] for a wrong argument, which is named
    # @raise [OutOfMemoryError, SystemError]
    def initialize(capacity: nil, max_message: nil, max_bytes: nil, delivery: :at_most_once,
                   joinable: false, name: nil)
      options = [limit(capacity, "capacity", 2**32), limit(max_message, "max_message", 2**63),
                 limit(max_bytes, "max_bytes", 2**63), number_of(delivery), joinable ? 1 : 0]
      @name = name
      @handle = if name.nil?
                  Native.bp_queue_create(options)
                else
                  Native.bp_queue_open(check_name(name), options)
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
        next if wait_for_message(deadline)

        raise Error.make(Empty, "the queue stayed empty for #{timeout} s")
      end
      Message.new(*message)
    end

    # Puts several values, one after the other; others may come in between. Waits while the queue is
    # full.
    #
    # @param values [Enumerable]
    # @param timeout [Numeric, nil] seconds for all; nil waits for ever
    # @return [self]
    # @raise [Full] no place for all in time; Full#done are in, and stay
    # @raise [TooLargeError, EncodingError] nothing was put
    # @raise see #put
    def put_batch(values, timeout: nil)
      messages = values.map { |value| [Codec.encode(value), Codec::MSGPACK] }
      deadline = Seconds.deadline(Seconds.timeout(timeout))
      done = 0
      while (done += Native.bp_queue_put_batch(@handle, messages.drop(done), 0)) < messages.size
        next if wait_for_place(deadline)

        message = "the queue stayed full for #{timeout} s: #{done} of #{messages.size} are in"
        raise Error.make(Full, message).tap { |error| error.done = done }
      end
      self
    end

    # Waits for a message, then takes those that are there, oldest first.
    #
    # @param most [Integer] at most so many, at least 1
    # @param timeout [Numeric, nil] seconds; nil waits for ever, 0 or less not at all
    # @return [::Array] their values
    # @raise see #get
    def get_batch(most, timeout: nil)
      raise TypeError, "most must be an Integer, not #{most.class}" unless most.is_a?(Integer)
      raise ArgumentError, "most must be at least 1, got #{most}" unless most.positive?

      deadline = Seconds.deadline(Seconds.timeout(timeout))
      until (messages = Native.bp_queue_get_batch(@handle, 0, [most, LARGEST_BATCH].min))
        next if wait_for_message(deadline)

        raise Error.make(Empty, "the queue stayed empty for #{timeout} s")
      end
      messages.map { |message| Message.new(*message).value }
    end

    # Makes room for a message in the queue's own memory, to be filled in place and then committed.
    #
    # @param size [Integer] bytes
    # @yieldparam reservation [Reservation] given back after the block, if it was not committed
    # @return [Object, Reservation] what the block returns; without a block the reservation
    # @raise [TooLargeError, OutOfMemoryError, ClosedError, ArgumentError, TypeError]
    def reserve(size)
      raise TypeError, "size must be an Integer, not #{size.class}" unless size.is_a?(Integer)
      raise ArgumentError, "size is out of range: #{size}" unless size.between?(0, (2**63) - 1)

      reservation = Reservation.new(Native.bp_queue_reserve(@handle, size), size,
                                    method(:wait_for_place))
      return reservation unless block_given?

      begin
        yield reservation
      ensure
        reservation.release
      end
    end

    # Takes the oldest message and leaves it where it is, until it is acknowledged or given back. With
    # a block it is acknowledged when the block ends without an exception.
    #
    # @param timeout [Numeric, nil] seconds; nil waits for ever, 0 or less not at all
    # @yieldparam message [TakenMessage]
    # @return [Object, TakenMessage] what the block returns; without a block the message
    # @raise see #get
    def take(timeout: nil)
      message = take_message(timeout)
      return message unless block_given?

      begin
        yield(message).tap { message.acknowledge unless message.settled? }
      ensure
        message.release
      end
    end

    # Tells that one message of a joinable queue is finished: the oldest that this process got and has
    # not finished. Messages of #take are finished by TakenMessage#acknowledge.
    #
    # @return [self]
    # @raise [StateError] called too many times; or the queue is not joinable
    def task_done
      Native.bp_queue_task_done(@handle)
      self
    end

    # Waits until every message that was put is finished. Those of a process that died are: finished,
    # or put back to the queue, as its delivery says.
    #
    # @param timeout [Numeric, nil] seconds; nil waits for ever, 0 or less not at all
    # @return [self, nil] nil when the time was over first
    # @raise [StateError] the queue is not joinable
    # @raise [ClosedError] closed here
    def join(timeout: nil)
      timeout_ns = Seconds.timeout(timeout)
      self if Scheduler.blocking { Native.bp_queue_join(@handle, timeout_ns) }
    end

    # @return [String, nil] nil: it is anonymous
    attr_reader :name

    # @return [Integer] messages in the queue
    def size
      Native.bp_queue_size(@handle)
    end
    alias length size

    # @return [Boolean]
    def empty?
      size.zero?
    end

    # @return [Boolean] whether a put would wait
    def full?
      size >= capacity
    end

    # @return [Integer] messages put and not finished; 0 when the queue is not joinable
    def unfinished
      Native.bp_queue_unfinished(@handle)
    end

    # @return [Integer] messages of takers that have died, with which nothing has been done yet
    def held_by_dead
      Native.bp_queue_held_by_dead(@handle)
    end

    # @return [:at_most_once, :at_least_once]
    def delivery
      DELIVERIES.key(Native.bp_queue_delivery(@handle))
    end

    # @return [Boolean]
    def joinable?
      Native.bp_queue_joinable(@handle) == 1
    end

    # For IO.select and event loops: readable when there is a message or the queue is closed, until a
    # get finds it empty. So take with timeout 0 until Empty, then select. Not to be read or closed.
    # In a forked child, ask again.
    #
    # @return [IO]
    # @raise [ClosedError, OutOfMemoryError, SystemError]
    def to_io
      fd = Native.bp_queue_fd(@handle)
      @io = IO.for_fd(fd, autoclose: false) unless @io&.fileno == fd
      @io
    end

    # Ends the descriptor of #to_io, and the thread behind it.
    #
    # @return [self]
    def close_io
      @io = nil
      Native.bp_queue_close_fd(@handle)
      self
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

    LARGEST_BATCH = 4096
    private_constant :LARGEST_BATCH

    def put_message(bytes, format, timeout)
      deadline = Seconds.deadline(Seconds.timeout(timeout))
      until Native.bp_queue_put(@handle, bytes, format, 0)
        next if wait_for_place(deadline)

        raise Error.make(Full, "the queue stayed full for #{timeout} s")
      end
      self
    end

    def take_message(timeout)
      deadline = Seconds.deadline(Seconds.timeout(timeout))
      until (message = Native.bp_queue_take(@handle, 0))
        next if wait_for_message(deadline)

        raise Error.make(Empty, "the queue stayed empty for #{timeout} s")
      end
      TakenMessage.new(message)
    end

    def wait_for_message(deadline)
      Scheduler.wait_until(deadline) { |left| Native.bp_queue_wait_get(@handle, left) }
    end

    def wait_for_place(deadline)
      Scheduler.wait_until(deadline) { |left| Native.bp_queue_wait_put(@handle, left) }
    end

    def number_of(delivery)
      DELIVERIES.fetch(delivery) do
        raise ArgumentError, "delivery must be one of #{DELIVERIES.keys}, not #{delivery.inspect}"
      end
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
