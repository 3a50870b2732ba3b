# frozen_string_literal: true

module Billiard
  # The outcome of one job.
  class Result < Outcome
    # @api private
    def initialize(handle, pool, options)
      super(handle, Native.bp_result_job(handle), pool, options)
    end

    # @return [Integer, nil] process id of the worker that began the job; nil while none has
    def pid
      pid = settled? ? @pid : Native.bp_result_pid(@handle)
      pid unless pid.zero?
    end

    # @return [Array<Integer>] the same, as the results of maps have it
    def pids
      [pid].compact
    end

    # @return [Boolean] whether a worker has begun the job
    def accepted?
      !pid.nil?
    end

    # @return [WorkerInfo, nil] the worker that is running the job now
    def worker
      @pool.workers.find { |worker| worker.job_id == job_id }
    end

    # Ends the job in Terminated: a queued one is never begun; of a running one exactly its worker is
    # ended, and replaced; one that has its outcome keeps it. Does not wait.
    #
    # @param signal [Integer, String, Symbol, nil] which the worker gets first; nil: SIGTERM
    # @return [self]
    # @raise [ForkedError, ArgumentError]
    def terminate(signal = nil)
      number = Signals.number(signal)
      unless_settled { Native.bp_result_terminate(@handle, number) }
      self
    end

    # Refuses a job that waits for the answer to its acceptance: it ends in RejectedError.
    #
    # @return [self]
    # @raise [StateError] too late, or the pool has no synack
    # @raise [ForkedError]
    def cancel
      Native.bp_result_cancel(@handle)
      self
    end

    private

    def handle_ready?
      Native.bp_result_ready(@handle) == 1
    end

    def wait_for_handle(timeout_ns)
      Native.bp_result_wait(@handle, timeout_ns)
    end

    def take_pids
      @pid = Native.bp_result_pid(@handle)
    end

    def read_handle
      Native.bp_result_get(@handle, 0)
    end

    def decode(message)
      Codec.decode(*message)
    end
  end
end
