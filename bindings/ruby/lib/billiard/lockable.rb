# frozen_string_literal: true

module Billiard
  # What can be held by one at a time: Lock, RLock, Condition, and a Value or an Array that has a
  # lock.
  #
  # A class that includes it says how to try (`try_to_take`), wait (`wait_to_take`), hold during a
  # block (`hold`) and give back (`give_back`), each for an owner, and what its lock is
  # (`lock_object`).
  module Lockable
    # Takes the lock. A holder that died does not keep it: then the lock is held, and #recovered?
    # tells that what it protects may be half done. Rather use #synchronize where exceptions
    # (Timeout, Thread#raise ...) may come at any time.
    #
    # @param timeout [Numeric, nil] seconds; nil waits for ever, 0 or less not at all
    # @return [Boolean] whether it is held now
    def acquire(timeout: nil)
      deadline = Seconds.deadline(Seconds.timeout(timeout))
      owner = Owner.current
      until (taken = take_lock(owner, deadline))
        return false unless Scheduler.wait_until(deadline) { |left| wait_to_take(owner, left) }
      end
      note(taken)
      true
    end

    # Takes the lock, however long it takes.
    #
    # @return [self]
    def lock
      acquire
      self
    end

    # @return [Boolean] whether the lock could be taken at once
    def try_lock
      acquire(timeout: 0)
    end

    # Gives the lock back.
    #
    # @return [self]
    # @raise [StateError] it is not held
    def unlock
      give_back(Owner.current)
      self
    end

    # Holds the lock during the block, whatever happens in it.
    #
    # @return [Object] what the block returns
    def synchronize
      owner = Owner.current
      loop do
        held = hold(owner) do |taken|
          note(taken)
          yield
        end
        return held.first if held

        Scheduler.blocking { wait_to_take(owner, Seconds::FOREVER) }
      end
    end

    # For whoever holds the lock.
    #
    # @return [Boolean] whether the holder before this one died holding it
    def recovered?
      @recovered ? true : false
    end

    # See SharedObject#release. A lock that #lock_object gave stays.
    #
    # @return [nil]
    def release
      @lock_object = nil
      super
    end

    private

    def take_lock(owner, _deadline)
      try_to_take(owner)
    end

    # The news of a dead holder concerns the outermost hold of a recursive lock.
    def note(taken)
      if taken == Native::BP_OWNER_DIED then @recovered = true
      elsif @recovered && !nested? then @recovered = false
      end
    end

    # Whether it is held more than once, by an owner that has it now.
    def nested?
      lock = lock_object
      lock.is_a?(RLock) && lock.count > 1
    end
  end
end
