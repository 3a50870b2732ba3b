# frozen_string_literal: true

module Billiard
  # A queue with as little as can be: put, get, empty?, close.
  class SimpleQueue
    # Opens the queue of this name, and makes it when no living process has it. With a block the
    # handle is closed after it.
    #
    # @param name [String] 1 to 200 bytes without "/"
    # @yieldparam queue [SimpleQueue]
    # @return [Object, SimpleQueue] what the block returns; without a block the queue
    def self.open(name)
      queue = new(name: name)
      return queue unless block_given?

      begin
        yield queue
      ensure
        queue.close
      end
    end

    # @param name [String, nil] see SimpleQueue.open
    def initialize(name: nil)
      @queue = Queue.new(name: name)
    end

    # @return [self]
    # @raise [ClosedError, EncodingError, TooLargeError, OutOfMemoryError]
    def put(value)
      @queue.put(value)
      self
    end
    alias << put

    # @return [self]
    # @raise see #put
    def put_bytes(bytes)
      @queue.put_bytes(bytes)
      self
    end

    # Waits for a message, and takes it.
    #
    # @return [Object]
    # @raise [ClosedError, DecodingError]
    def get
      @queue.get
    end

    # @return [String] binary
    # @raise see #get
    def get_bytes
      @queue.get_bytes
    end

    # @return [Boolean]
    def empty?
      @queue.empty?
    end

    # Closes and frees this handle; later calls raise ClosedError. May be repeated.
    #
    # @return [nil]
    def close
      @queue.release
    end
  end
end
