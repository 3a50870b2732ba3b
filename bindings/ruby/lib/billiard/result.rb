# frozen_string_literal: true

module Billiard
  # The outcome of one job. It comes once and never changes; any number of threads and fibers may
  # wait for it and read it. A result keeps its pool.
  class Result
    # @return [Integer] unique in this process, from 0, increasing over all pools
    attr_reader :job_id

    # @api private
    def initialize(handle, pool, notify)
      @handle = handle
      @pool = pool
      @notify = notify
      @job_id = Native.bp_result_job(handle)
    end

    # Waits for the outcome and returns the value, a new copy with each call.
    #
    # @param timeout [Numeric, nil] seconds; nil waits for ever, 0 or less not at all
    # @return [Object] what the task returned; a binary String when it answered raw
    # @raise [TimeoutError] no outcome in time; the job goes on
    # @raise [TaskError] the task raised
    # @raise [WorkerLostError] its worker died
    # @raise [Terminated] the pool was terminated first
    # @raise [UnknownTask, PoolFailed] the job could not be run
    # @raise [ForkedError] in a forked child of the process that submitted the job
    def value(timeout: nil)
      wait(timeout)
      take_outcome unless settled?
      raise @failure if @failure
      return Codec.decode(*@message) if @message

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
        if timeout_ns.zero? then Native.bp_result_wait(@handle, 0)
        elsif @notify && Scheduler.active? then @pool.wait_for(self, timeout_ns)
        else Scheduler.blocking { Native.bp_result_wait(@handle, timeout_ns) }
        end
      end
    end

    # @return [Boolean] whether the outcome is there
    def ready?
      unless_settled { Native.bp_result_ready(@handle) == 1 }
    end

    # @return [Integer, nil] process id of the worker that began the job; nil while none has
    def pid
      pid = settled? ? @pid : Native.bp_result_pid(@handle)
      pid unless pid.zero?
    end

    # @return [WorkerInfo, nil] the worker that is running the job now
    def worker
      @pool.workers.find { |worker| worker.job_id == job_id }
    end

    # Forgets the outcome now rather than when this object is collected.
    # @api private
    def release
      Native.release(@handle)
    end

    # @return [String]
    def inspect
      "#<#{self.class} job=#{job_id} ready=#{ready?}>"
    end
    alias to_s inspect

    private

    # What a job can end in, but for a value.
    FAILURES = [TaskError, WorkerLostError, Terminated, UnknownTask, PoolFailed].freeze
    private_constant :FAILURES

    def settled?
      @message || @failure ? true : false
    end

    # The outcome, once read, is kept here: its shared memory, and its place among the pool's
    # max_jobs, are free again without waiting for a garbage collection.
    def take_outcome
      @pid = Native.bp_result_pid(@handle)
      @message = Native.bp_result_get(@handle, 0)
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
