# frozen_string_literal: true

module Billiard
  # What can be done to the workers of a running pool; part of Pool.
  module PoolControl
    # Starts more workers, at the smallest free indexes. Does not wait for them.
    #
    # @param count [Integer] 0 changes nothing
    # @param group [String, nil] nil: the first
    # @return [self]
    # @raise [ArgumentError] a negative count, an unknown group
    # @raise [Queue::Full] more than max_workers
    # @raise [StateError, PoolFailed, RestartFreqExceeded, ForkedError]
    def grow(count = 1, group: nil)
      return self if Native.bp_pool_grow(@handle, group&.to_s, check_count(count))

      raise Error.make(PoolFull, "no places for #{count} more workers: max_workers")
    end

    # Lets workers leave for good, those without a job first. No job is lost, and one worker stays.
    # Does not wait for their end.
    #
    # @param count [Integer] 0 changes nothing
    # @param group [String, nil] nil: the first
    # @param drain [Boolean] busy ones too, after their job
    # @return [self]
    # @raise [ArgumentError] a negative count, an unknown group, or more workers than there are
    # @raise [StateError] not so many without a job: nothing is changed
    # @raise [PoolFailed, RestartFreqExceeded, ForkedError]
    def shrink(count = 1, group: nil, drain: false)
      Native.bp_pool_shrink(@handle, group&.to_s, check_count(count), drain ? 1 : 0)
      self
    end

    # Replaces every worker: idle ones now, busy ones after their job. No job is lost.
    #
    # @return [self]
    # @raise [StateError, PoolFailed, RestartFreqExceeded, ForkedError]
    def restart
      Native.bp_pool_restart(@handle)
      self
    end

    # Replaces every worker as #restart does, by forks of this process as it is now: they have what it has
    # loaded since the pool was made, and share its memory anew. Task names stay as they are. Also lets a
    # pool go on whose template process has died.
    #
    # @return [self]
    # @raise [StateError] closed, or no forked workers
    # @raise [ForkUnsafeError, StartFailedError, PoolFailed, RestartFreqExceeded, ForkedError]
    def refork
      Scheduler.without { Forking.alone { Forking.explain { Native.bp_pool_refork(@handle) } } }
      self
    end

    # Ends the job of one worker: the worker gets the signal, and SIGKILL after terminate_grace; its job
    # ends in Terminated, and it is replaced. Nothing happens when no worker has the process id.
    #
    # @param pid [Integer]
    # @param signal [Integer, String, Symbol, nil] nil: SIGTERM
    # @param job [Integer, nil] only if the worker runs this job, see Result#job_id
    # @return [self]
    # @raise [ArgumentError, TypeError, ForkedError]
    def terminate_job(pid, signal = nil, job: nil)
      Native.bp_pool_terminate_job(@handle, pid, Signals.number(signal), job || Native::BP_NO_JOB)
      self
    end

    # @return [Array(Integer, Integer)] how many slots are free, and how many there are
    # @raise [ForkedError]
    def slots
      Native.bp_pool_get_slots(@handle)
    end

    # @return [Boolean] whether no worker has ended since the pool was made
    def did_start_ok?
      Native.bp_pool_did_start_ok(@handle) == 1
    end

    # Raises when the pool can not go on. Workers that ended have been replaced without this call.
    #
    # @return [self]
    # @raise [RestartFreqExceeded, PoolFailed, ForkedError]
    def maintain_pool
      Native.bp_pool_maintain(@handle)
      self
    end

    # @param pid [Integer] process id of a worker
    # @return [IO] readable once that process has ended; the caller's, to be closed
    # @raise [NotFoundError] no worker has this process id
    # @raise [ForkedError, SystemError]
    def process_sentinel(pid)
      IO.for_fd(Native.bp_pool_worker_sentinel(@handle, pid), autoclose: true)
    end

    private

    def check_count(count)
      raise TypeError, "count must be an Integer, not #{count.class}" unless count.is_a?(Integer)
      return count if count.between?(0, (2**31) - 1)

      raise ArgumentError, "count must be at least 0, got #{count}"
    end
  end
end
