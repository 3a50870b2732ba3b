# frozen_string_literal: true

module Billiard
  # Raises SoftTimeLimitExceeded in the task that has run past its soft time limit: from a signal's
  # handler, in the worker's main thread, once for each job and in no other. A task that waits for
  # another thread or for the system is interrupted as by Thread#raise.
  # @api private
  class SoftLimit
    class << self
      # @return [SoftLimit, nil] that of the worker that this process is
      attr_accessor :of_process
    end

    def initialize
      @job = nil
      @told = nil
    end

    # Calls the block, in which the limit of this job may raise. The limit may have passed before; the
    # items of a chunk have one limit together, which is told to one of them.
    def hold(job)
      @told = nil unless Native.bp_job_id(job) == @told && passed?(job)
      @job = job
      signalled
      yield
    ensure
      @job = nil
    end

    # Called by the handler: the job may have ended meanwhile.
    def signalled
      job = @job
      return unless job && @told.nil? && passed?(job)

      @told = Native.bp_job_id(job)
      raise Error.make(SoftTimeLimitExceeded, "the job ran past its soft time limit")
    end

    # @return [Boolean] whether the job at work has gone past its limit, raised or not
    def reached?
      job = @job
      !job.nil? && passed?(job)
    end

    private

    def passed?(job)
      Native.bp_job_soft_limit_reached(job) == 1
    end
  end
  private_constant :SoftLimit
end
