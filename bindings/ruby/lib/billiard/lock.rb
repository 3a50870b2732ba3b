# frozen_string_literal: true

module Billiard
  # A lock between processes and threads.
  #
  #   lock = Billiard::Lock.new
  #   fork { lock.synchronize { ... } }
  #
  # It is not recursive, and owned by a process rather than a thread: any thread or process may unlock
  # it. When its holder dies the next one gets it at once, and finds #recovered? true.
  class Lock < SharedObject
    include Lockable

    # @param fifo [Boolean] waiters get it in the order in which they came; slower. (Under a fiber
    #   scheduler a fiber keeps no place in line.)
    # @param name [String, nil] see SharedObject.open
    # @param segment [Segment, nil] where an anonymous one lives; nil: the default segment
    # @raise [ArgumentError, TypeError, CorruptError, OutOfMemoryError, SystemError]
    def initialize(fifo: false, name: nil, segment: nil)
      super()
      adopt(Native.bp_lock_create(options(segment, name, fifo ? Native::BP_FIFO : 0)))
    end

    # @return [Integer] names it in its segment, for Lock.attach; 0 for a named one
    def id
      Native.bp_lock_id(@handle)
    end

    # @api private
    def lock_object
      self
    end

    # @return [Boolean]
    def locked?
      !holder.first.zero?
    end

    # @return [Boolean] whether this process holds it
    def owned?
      holder.first == Native::BP_HELD_BY_CALLER
    end

    # @return [Integer, nil] the process that holds it, perhaps dead
    def holder_pid
      pid = holder.last
      pid unless pid.zero?
    end

    # @return [String] "<Lock(owner=None)>"
    def inspect
      Native.bp_lock_describe(@handle, nil)
    end

    class << self
      private

      def native_attach(segment, id)
        Native.bp_lock_attach(segment, id)
      end
    end

    private

    def adopt(handle)
      super
      @fifo = Native.bp_lock_fifo(handle) == 1
    end

    # Only waiting in line brings a fair lock's turn.
    def waits_in_line?
      @fifo && !Scheduler.active?
    end

    def take_lock(owner, deadline)
      return super unless waits_in_line?

      Native.bp_lock_acquire(@handle, Seconds.left(deadline))
    end

    def try_to_take(_owner)
      Native.bp_lock_acquire(@handle, 0)
    end

    def wait_to_take(_owner, left)
      Native.bp_lock_wait(@handle, left)
    end

    def hold(_owner, &block)
      Native.hold_lock(@handle, waits_in_line? ? Seconds::FOREVER : 0, &block)
    end

    def give_back(_owner)
      Native.bp_lock_unlock(@handle)
    end

    def holder
      Native.bp_lock_holder(@handle)
    end
  end
end
