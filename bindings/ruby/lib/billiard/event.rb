# frozen_string_literal: true

module Billiard
  # A flag that processes and threads wait for. Setting it never waits for anybody, and lets everybody
  # go who was waiting at that moment, even when it is cleared at once.
  class Event < SharedObject
    # Makes an event that is clear.
    #
    # @param name [String, nil] see SharedObject.open
    # @param segment [Segment, nil] where an anonymous one lives; nil: the default segment
    # @raise [ArgumentError, TypeError, CorruptError, OutOfMemoryError, SystemError]
    def initialize(name: nil, segment: nil)
      super()
      adopt(Native.bp_event_create(options(segment, name)))
    end

    # Sets it. May be called in a signal's trap.
    #
    # @return [self]
    def set
      Native.bp_event_set(@handle)
      self
    end

    # @return [self]
    def clear
      Native.bp_event_clear(@handle)
      self
    end

    # @return [Boolean]
    def set?
      Native.bp_event_is_set(@handle) == 1
    end

    # Waits until it is set.
    #
    # @param timeout [Numeric, nil] seconds; nil waits for ever, 0 or less not at all
    # @return [Boolean] whether it is, or was in the meantime
    def wait(seconds = nil, timeout: seconds)
      times_set = Native.bp_event_times_set(@handle)
      deadline = Seconds.deadline(Seconds.timeout(timeout))
      set? || Scheduler.wait_until(deadline) do |left|
        Native.bp_event_wait_since(@handle, times_set, left)
      end
    end

    # @return [Integer] names it in its segment, for Event.attach; 0 for a named one
    def id
      Native.bp_event_id(@handle)
    end

    # @return [String]
    def inspect
      "#<#{self.class} #{set? ? 'set' : 'clear'}>"
    end

    class << self
      private

      def native_attach(segment, id)
        Native.bp_event_attach(segment, id)
      end
    end
  end
end
