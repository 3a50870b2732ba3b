# frozen_string_literal: true

module Billiard
  # The outcome of a job, or of all the jobs of a map. It comes once and never changes; any number of
  # threads and fibers may wait for it and read it. An outcome keeps its pool.
  class Outcome
    # @return [Integer] unique in this process, from 0, increasing over all pools
    attr_reader :job_id

    # @return [Object, nil] what apply_async or map_async was given with correlation_id
    attr_reader :correlation_id

    # @api private
    def initialize(handle, job_id, pool, options)
      @handle = handle
      @job_id = job_id
      @pool = pool
      @notify = options.notify
      @correlation_id = options.correlation_id
    end

    # Waits for the outcome and returns the value, a new copy with each call.
    #
    # @param timeout [Numeric, nil] seconds; nil waits for ever, 0 or less not at all
    # @return [Object] what the task returned; a binary String when it answered raw
    # @raise [TimeoutError] no outcome in time; the job goes on
    # @raise [TaskError] the task raised
    # @raise [SoftTimeLimitExceeded, TimeLimitExceeded, MemoryLimitExceeded] it went past a limit
    # @raise [WorkerLostError] its worker died
    # @raise [Terminated] it was ended, or the pool was terminated first
    # @raise [ExpiredError, UnknownTask, PoolFailed] the job was not run
    # @raise [ForkedError] in a forked child of the process that submitted the job
    def value(timeout: nil)
      wait(timeout)
      take_outcome unless settled?
      raise @failure if @failure
      return decode(@message) if @message

      raise Error.make(TimeoutError, "job #{job_id} had no outcome in #{timeout} s")
    end

    # Waits for the outcome, good or bad.
    #
    # @param timeout [Numeric, nil] seconds; nil waits for ever, 0 or less not at all
    # @return [Boolean] whether it is there
    # @raise [ForkedError] in a forked child
    def wait(timeout = nil)
      timeout_ns = Seconds.timeout(timeout)
      return true if ready?

      unless_settled do
        if timeout_ns.zero? then wait_for_handle(0)
        elsif @notify && Scheduler.active? then @pool.wait_for(self, timeout_ns)
        else Scheduler.blocking { wait_for_handle(timeout_ns) }
        end
      end
    end

    # @return [Boolean] whether the outcome is there
    def ready?
      unless_settled { handle_ready? }
    end

    # @return [Boolean] whether the outcome is a value
    # @raise [StateError] it is not there yet
    def successful?
      raise Error.make(StateError, "job #{job_id} is not ready") unless ready?

      value(timeout: 0)
      true
    rescue *FAILURES
      false
    end

    # Forgets the outcome, and what was to be called about it; the job goes on.
    #
    # @return [nil]
    def discard
      @pool.forget(job_id)
      release
      nil
    end

    # Forgets the outcome now rather than when this object is collected.
    # @api private
    def release
      Native.release(@handle)
    end

    # @return [String]
    def inspect
      "#<#{self.class} job=#{job_id} accepted=#{accepted?} ready=#{ready?}>"
    rescue ClosedError
      "#<#{self.class} job=#{job_id} discarded>"
    end
    alias to_s inspect

    # What a job can end in, but for a value.
    FAILURES = [TaskError, WorkerLostError, Terminated, TimeLimitExceeded, MemoryLimitExceeded,
                ExpiredError, RejectedError, UnknownTask, PoolFailed, RestartFreqExceeded].freeze
    private_constant :FAILURES

    private

    def settled?
      @message || @failure ? true : false
    end

    # The outcome, once read, is kept here: its shared memory, and its place among the pool's
    # max_jobs, are free again without waiting for a garbage collection.
    def take_outcome
      take_pids
      @message = read_handle
      release if @message
    rescue *FAILURES => e
      @failure = e
      release
    rescue ClosedError
      raise unless settled? # by another thread, meanwhile
    end

    # True when there is an outcome here; else the block's answer. Another thread may take the
    # outcome meanwhile, which releases the handle.
    def unless_settled
      settled? || yield
    rescue ClosedError
      settled? || raise
    end
  end
end
