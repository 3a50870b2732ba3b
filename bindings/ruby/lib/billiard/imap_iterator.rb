# frozen_string_literal: true

module Billiard
  # The values of one task over items that are read while it runs: Pool#imap. The items are read in the
  # thread that takes the values, as far ahead as the iterator was told; nothing grows with their number.
  #
  # It is Enumerable, and `lazy` works. An item that fails raises its own error from #next, and the
  # iteration goes on with the next one; #each can be called again for the rest, too. When the items
  # themselves raise, the values of all items before are delivered, and then that error, once.
  class ImapIterator
    include Enumerable

    DONE = Object.new
    private_constant :DONE

    # @return [Integer] from the same count as those of jobs
    attr_reader :job_id

    # @api private
    def initialize(handle, items, options)
      @handle = handle
      @items = items
      @options = options
      @job_id = Native.bp_imap_id(handle)
      @reading = Mutex.new
      @input_ended = false
      @ended = false
      feed
    end

    # Waits for the next value.
    #
    # @param timeout [Numeric, nil] seconds; nil waits for ever, 0 or less not at all
    # @return [Object]
    # @raise [StopIteration] all were delivered
    # @raise [TimeoutError] none came in time; none is lost
    # @raise the item's own error, as Result#value; or once what the items raised
    # @raise [ForkedError]
    def next(timeout: nil)
      value = take(Seconds.deadline(Seconds.timeout(timeout)))
      raise StopIteration, "all values were delivered" if DONE.equal?(value)
      raise Error.make(TimeoutError, "no value in #{timeout} s") if value.nil?

      value.first
    end

    # Calls the block with each value that was not delivered yet.
    #
    # @return [self, Enumerator] without a block an Enumerator
    # @raise see #next
    def each
      return enum_for(:each) unless block_given?

      until DONE.equal?(value = take(nil))
        yield value.first
      end
      self
    end

    # Forgets the rest: jobs that are out go on, and their values are dropped. May be repeated.
    #
    # @return [nil]
    def close
      @ended = true
      Native.release(@handle)
    end

    # @return [String]
    def inspect
      "#<#{self.class} job=#{job_id}#{' ended' if @ended}>"
    end
    alias to_s inspect

    private

    # @return [Array(Object), DONE, nil] a value; nil when the time was over
    def take(deadline)
      until @ended
        feed
        message = Native.bp_imap_next(@handle, 0)
        return [Codec.decode(*message)] if message
        return nil unless Scheduler.wait_until(deadline) { |left| Native.bp_imap_wait(@handle, left) }
      end
      DONE
    rescue ClosedError
      finish
    end

    def finish
      close
      error, @input_error = @input_error, nil
      raise error if error

      DONE
    end

    # Reads items while jobs may go out; what is thrown at this thread meanwhile waits until the items
    # that were read are out, or until reading blocks. An item that can not be sent ends the input as one
    # that could not be made.
    def feed
      return if @input_ended

      Thread.handle_interrupt(Object => :on_blocking) do
        @reading.synchronize { put_item(@items.next) while room? }
      end
    rescue StopIteration
      end_input
    rescue FiberError # read by another thread before
      raise
    rescue ClosedError
      raise unless @ended
    rescue StandardError, SystemStackError => e
      @input_error = e
      end_input
    end

    def room?
      !@input_ended && Native.bp_imap_room(@handle).positive?
    end

    def put_item(arguments)
      Native.bp_imap_put(@handle, @options.encode(arguments, "item"), @options.format)
    end

    def end_input
      @input_ended = true
      Native.bp_imap_end(@handle)
    end
  end
end
