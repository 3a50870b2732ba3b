# frozen_string_literal: true

module Billiard
  # A place where a fixed number of processes and threads wait for each other, again and again.
  #
  # A participant that dies, or gives up in time, breaks the barrier instead of keeping the others
  # waiting; #reset makes it whole.
  class Barrier < SharedObject
    FIRST_PAUSE = 0.001
    LONGEST_PAUSE = 0.02
    private_constant :FIRST_PAUSE, :LONGEST_PAUSE

    # @param parties [Integer] participants, 1 to 4096
    # @param timeout [Numeric, nil] seconds, for waits that name none; belongs to the barrier
    # @param action [#call, nil] what the last to arrive by this handle does before anybody goes on; or a
    #   block
    # @param name [String, nil] see SharedObject.open
    # @param segment [Segment, nil] where an anonymous one lives; nil: the default segment
    # @raise [ArgumentError, TypeError, ExistsError, CorruptError, OutOfMemoryError, SystemError]
    def initialize(parties, timeout: nil, action: nil, name: nil, segment: nil, &block)
      super()
      raise TypeError, "parties must be an Integer, not #{parties.class}" unless parties.is_a?(Integer)
      raise ArgumentError, "parties is out of range: #{parties}" unless parties.bit_length < 63

      raise ArgumentError, "action: given twice, as a block too" if action && block

      @action = action || block
      adopt(Native.bp_barrier_create(parties, Seconds.timeout(timeout), options(segment, name)))
    end

    # @return [#call, nil] see #initialize
    attr_accessor :action

    # Arrives, and waits until all have.
    #
    # @param timeout [Numeric, nil] seconds; nil: the barrier's own
    # @return [Integer] the place in the order of arrival, from 0
    # @raise [BrokenBarrierError] the time is over, for this or another participant; one died, an
    #   action failed, or somebody broke or reset the barrier
    # @raise [Exception] what the action raised; the barrier is broken then
    def wait(seconds = nil, timeout: seconds)
      timeout_ns = timeout.nil? ? Native.bp_barrier_default_timeout(@handle) : Seconds.timeout(timeout)
      deadline = Seconds.deadline(timeout_ns)
      pause = FIRST_PAUSE
      until (index = Native.with_arrival(@handle) { |arrival| meet(arrival, deadline) })
        pause = await_action(deadline, pause)
      end
      index.first
    end

    # Breaks the barrier, for everybody until a reset.
    #
    # @return [self]
    def abort
      Native.bp_barrier_abort(@handle)
      self
    end

    # Makes it empty and whole again; all who wait get BrokenBarrierError.
    #
    # @return [self]
    def reset
      Native.bp_barrier_reset(@handle)
      self
    end

    # @return [Integer]
    def parties
      Native.bp_barrier_parties(@handle)
    end

    # @return [Integer] how many have arrived and wait
    def waiting
      Native.bp_barrier_waiting(@handle)
    end
    alias n_waiting waiting

    # @return [Boolean]
    def broken?
      Native.bp_barrier_broken(@handle) == 1
    end

    # @return [Integer] names it in its segment, for Barrier.attach; 0 for a named one
    def id
      Native.bp_barrier_id(@handle)
    end

    # @return [String]
    def inspect
      "#<#{self.class} #{waiting} of #{parties}#{' broken' if broken?}>"
    end

    class << self
      private

      def native_attach(segment, id)
        Native.bp_barrier_attach(segment, id)
      end
    end

    private

    def meet(arrival, deadline)
      if Native.bp_arrival_is_last(arrival) == 1
        @action&.call
        Native.bp_arrival_open(arrival)
      elsif !Scheduler.wait_until(deadline) { |left| Native.bp_arrival_wait(arrival, left) }
        Native.bp_arrival_give_up(arrival)
      end
      Native.bp_arrival_index(arrival)
    end

    # The action of the cycle before runs still. There is nothing to wait for but its end.
    def await_action(deadline, pause)
      left = Seconds.left(deadline)
      if left.zero?
        abort
        raise Error.make(BrokenBarrierError, "the action of the cycle before did not end in time")
      end

      sleep(left.negative? ? pause : [pause, left / 1e9].min)
      [pause * 2, LONGEST_PAUSE].min
    end
  end
end
