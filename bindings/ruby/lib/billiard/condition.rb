# frozen_string_literal: true

module Billiard
  # A condition variable between processes and threads, with its lock.
  #
  #   condition.synchronize { condition.wait_for { !list.empty? } }
  #
  # A notification goes to a waiter that is alive: one that was killed, stopped or gave up in time
  # takes none with it. No wake-up is spurious. An exception that ends a wait comes when the lock is
  # held again.
  class Condition < SharedObject
    include Lockable

    # @param lock [RLock, Lock, nil] the lock to use; nil: a new RLock
    # @param name [String, nil] see SharedObject.open; not together with a lock
    # @param segment [Segment, nil] where an anonymous one lives, with its lock; nil: the default one
    # @raise [TypeError, ArgumentError, CorruptError, OutOfMemoryError, SystemError]
    def initialize(lock = nil, name: nil, segment: nil)
      super()
      unless lock.nil? || lock.is_a?(RLock) || lock.is_a?(Lock)
        raise TypeError, "lock must be a Billiard::RLock or a Billiard::Lock, not #{lock.class}"
      end

      adopt(Native.bp_condition_create(options(segment, name, 0, lock&.handle)))
    end

    # Gives the lock back completely, waits for a notification, and takes the lock again as often as it
    # was held, whatever the outcome.
    #
    # @param timeout [Numeric, nil] seconds; nil waits for ever, 0 or less not at all
    # @return [Boolean] whether a notification came
    # @raise [StateError] the lock is not held
    def wait(seconds = nil, timeout: seconds)
      deadline = Seconds.deadline(Seconds.timeout(timeout))
      notified, taken = Native.condition_wait(@handle, Owner.current, RELOCK) do |waiter|
        Scheduler.wait_until(deadline) { |left| Native.bp_waiter_wait(waiter, left) }
      end
      @recovered = true if taken == Native::BP_OWNER_DIED
      notified
    end

    # Waits until the block's answer is true; asks it first, and after each notification, with the
    # lock held.
    #
    # @param timeout [Numeric, nil] seconds for all; nil waits for ever
    # @return [Object] the block's last answer
    # @raise [StateError] the lock is not held
    def wait_for(seconds = nil, timeout: seconds)
      deadline = Seconds.deadline(Seconds.timeout(timeout))
      until (answer = yield)
        left = Seconds.left(deadline)
        break if left.zero?

        wait(deadline && (left / 1e9))
      end
      answer
    end

    # Wakes waiters, those that wait longest. Who comes later is not meant.
    #
    # @param count [Integer] at most so many
    # @return [self]
    # @raise [StateError] the lock is not held
    def notify(count = 1)
      raise TypeError, "count must be an Integer, not #{count.class}" unless count.is_a?(Integer)

      Native.bp_condition_notify(@handle, Owner.current, count)
      self
    end
    alias signal notify

    # Wakes all waiters.
    #
    # @return [self]
    # @raise [StateError] the lock is not held
    def notify_all
      Native.bp_condition_notify_all(@handle, Owner.current)
      self
    end
    alias broadcast notify_all

    # @return [Integer] living waiters that are not notified yet
    def waiters
      Native.bp_condition_waiters(@handle)
    end

    # @return [RLock, Lock] its lock
    def lock_object
      @lock_object ||= lock_from(-> { Native.bp_condition_get_rlock(@handle) },
                                 -> { Native.bp_condition_get_lock(@handle) })
    end

    # @return [Integer] names it in its segment, for Condition.attach; 0 for a named one
    def id
      Native.bp_condition_id(@handle)
    end

    # @return [String] "<Condition(<RLock(None, 0)>, 0)>"
    def inspect
      Native.bp_condition_describe(@handle, Owner.current, Owner.name)
    end

    RELOCK = lambda do |waiter|
      Scheduler.blocking { Native.bp_waiter_wait_lock(waiter, Seconds::FOREVER) }
    end
    private_constant :RELOCK

    class << self
      private

      def native_attach(segment, id)
        Native.bp_condition_attach(segment, id)
      end
    end

    private

    def try_to_take(owner)
      Native.bp_condition_acquire(@handle, owner, 0)
    end

    def wait_to_take(owner, left)
      Native.bp_condition_wait_lock(@handle, owner, left)
    end

    def hold(owner, &block)
      Native.hold_condition(@handle, owner, &block)
    end

    def give_back(owner)
      Native.bp_condition_unlock(@handle, owner)
    end
  end
end
