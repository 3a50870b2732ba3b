# frozen_string_literal: true

module Billiard
  # A number of units that processes and threads take and give back.
  class Semaphore < SharedObject
    # The largest value.
    VALUE_MAX = Native::BP_SEM_VALUE_MAX

    # The largest value of a semaphore that is tracked.
    TRACKED_VALUE_MAX = Native::BP_TRACKED_VALUE_MAX

    # @param value [Integer] units, 0 to VALUE_MAX
    # @param tracked [Boolean] note who holds units: those of a process that dies come back, and only
    #   who holds a unit may post it
    # @param name [String, nil] see SharedObject.open; an existing one keeps its value
    # @param segment [Segment, nil] where an anonymous one lives; nil: the default segment
    # @raise [ArgumentError, TypeError, ExistsError, CorruptError, OutOfMemoryError, SystemError]
    def initialize(value = 1, tracked: false, name: nil, segment: nil)
      super()
      adopt(make(check_units(value, "value"),
                 options(segment, name, tracked ? Native::BP_TRACKED : 0)))
    end

    # Takes one unit. Rather use #synchronize where exceptions (Timeout, Thread#raise ...) may come
    # at any time.
    #
    # @param timeout [Numeric, nil] seconds; nil waits for ever, 0 or less not at all
    # @return [Boolean] whether it was taken
    def acquire(timeout: nil)
      deadline = Seconds.deadline(Seconds.timeout(timeout))
      until Native.bp_semaphore_acquire(@handle, 0)
        return false unless Scheduler.wait_until(deadline) { |left| wait_for_unit(left) }
      end
      true
    end

    # Gives units back, or adds them; all or none.
    #
    # @return [self]
    # @raise [StateError] above the bound; or tracked, and not held by this process
    def post(units = 1)
      Native.bp_semaphore_post(@handle, check_units(units, "units"))
      self
    end

    # Holds one unit during the block, whatever happens in it.
    #
    # @return [Object] what the block returns
    def synchronize(&block)
      loop do
        held = Native.hold_semaphore(@handle) { block.call }
        return held.first if held

        Scheduler.blocking { wait_for_unit(Seconds::FOREVER) }
      end
    end

    # @return [Integer] units that are free now
    def value
      Native.bp_semaphore_value(@handle)
    end

    # @return [Integer] the largest value that it may have
    def bound
      Native.bp_semaphore_bound(@handle)
    end

    # @return [Integer] units that came back because their holder died; 0 when it is not tracked
    def returned
      Native.bp_semaphore_returned(@handle)
    end

    # @return [Integer] names it in its segment, for Semaphore.attach; 0 for a named one
    def id
      Native.bp_semaphore_id(@handle)
    end

    # @return [String] "<Semaphore(value=1)>"
    def inspect
      Native.bp_semaphore_describe(@handle)
    end

    class << self
      private

      def native_attach(segment, id)
        Native.bp_semaphore_attach(segment, id)
      end
    end

    private

    def make(value, options)
      Native.bp_semaphore_create(value, options)
    end

    def wait_for_unit(left)
      Native.bp_semaphore_wait(@handle, left)
    end

    def check_units(units, name)
      raise TypeError, "#{name} must be an Integer, not #{units.class}" unless units.is_a?(Integer)
      return units if units.between?(-(2**63), (2**63) - 1)

      raise ArgumentError, "#{name} is out of range: #{units}"
    end
  end

  # A semaphore whose value never exceeds the one that it was made with.
  class BoundedSemaphore < Semaphore
    private

    def make(value, options)
      Native.bp_bounded_semaphore_create(value, options)
    end
  end
end
