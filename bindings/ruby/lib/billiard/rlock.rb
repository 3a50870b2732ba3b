# frozen_string_literal: true

module Billiard
  # A recursive lock between processes and threads: its owner may take it again, and gives it back as
  # often as it took it.
  #
  # The owner is a fiber, as with Ruby's Mutex and Monitor: in a program without fibers, a thread.
  # A forked child owns nothing.
  class RLock < SharedObject
    include Lockable

    # @param name [String, nil] see SharedObject.open
    # @param segment [Segment, nil] where an anonymous one lives; nil: the default segment
    # @raise [ArgumentError, TypeError, CorruptError, OutOfMemoryError, SystemError]
    def initialize(name: nil, segment: nil)
      super()
      adopt(Native.bp_rlock_create(options(segment, name)))
    end

    # @return [Integer] names it in its segment, for RLock.attach; 0 for a named one
    def id
      Native.bp_rlock_id(@handle)
    end

    # @api private
    def lock_object
      self
    end

    # @return [Boolean]
    def locked?
      !holder.first.zero?
    end

    # @return [Boolean] whether the calling fiber owns it
    def owned?
      holder.first == Native::BP_HELD_BY_CALLER
    end

    # @return [Integer, nil] the process that holds it, perhaps dead
    def holder_pid
      pid = holder.last
      pid unless pid.zero?
    end

    # @return [Integer] how often its owner, whoever that is, has taken it and not given it back
    def count
      Native.bp_rlock_count(@handle)
    end

    # @return [String] "<RLock(None, 0)>"
    def inspect
      Native.bp_rlock_describe(@handle, Owner.current, Owner.name)
    end

    class << self
      private

      def native_attach(segment, id)
        Native.bp_rlock_attach(segment, id)
      end
    end

    private

    def try_to_take(owner)
      Native.bp_rlock_acquire(@handle, owner, 0)
    end

    def wait_to_take(owner, left)
      Native.bp_rlock_wait(@handle, owner, left)
    end

    def hold(owner, &block)
      Native.hold_rlock(@handle, owner, &block)
    end

    def give_back(owner)
      Native.bp_rlock_unlock(@handle, owner)
    end

    def holder
      Native.bp_rlock_holder(@handle, Owner.current)
    end
  end
end
