# frozen_string_literal: true

require "io/wait"

module Billiard
  # Lets many fibers wait for jobs of one pool through the pool's one file descriptor.
  #
  # One waiting fiber leads: it waits for the descriptor, drains the ids of ended jobs and wakes the
  # fibers that wait for them. When it leaves, another takes its place. Only jobs submitted with
  # `notify` are announced there.
  # @api private
  class Completions
    def initialize(pool_handle)
      @pool_handle = pool_handle
      @io = IO.for_fd(Native.bp_pool_fd(pool_handle), autoclose: false)
      @mutex = Mutex.new
      @waiting = Hash.new { |waiting, job_id| waiting[job_id] = [] }
      @led = false
    end

    # The descriptor: readable while #drain has something.
    attr_reader :io

    # @return [Boolean] whether the job ended before the deadline
    def wait(result, deadline)
      turn = ConditionVariable.new
      @mutex.synchronize { @waiting[result.job_id] << turn }
      until result.ready?
        left = deadline && (Seconds.left(deadline) / 1e9)
        return false if left&.zero?

        lead(left) || follow(result, turn, left)
      end
      true
    ensure
      leave(result.job_id, turn)
    end

    # Takes the ids of ended jobs and wakes those who wait for them.
    #
    # @return [Array<Integer>]
    def drain
      ended = []
      loop do
        events = Native.bp_pool_read_events(@pool_handle)
        break if events.empty?

        events.each { |kind, job_id| ended << job_id if kind == Native::BP_EVENT_JOB_DONE }
      end
      @mutex.synchronize { ended.each { |id| wake(id) } }
      ended
    end

    private

    def lead(left)
      @mutex.synchronize do
        return false if @led

        @led = true
      end
      begin
        drain if @io.wait_readable(left)
      ensure
        @mutex.synchronize { @led = false }
      end
      true
    end

    def follow(result, turn, left)
      @mutex.synchronize { turn.wait(@mutex, left) if @led && !result.ready? }
    end

    def leave(job_id, turn)
      @mutex.synchronize do
        turns = @waiting[job_id]
        turns.delete(turn)
        @waiting.delete(job_id) if turns.empty?
        wake(@waiting.each_key.first) unless @led || @waiting.empty?
      end
    end

    def wake(job_id)
      @waiting[job_id].each(&:signal) if @waiting.key?(job_id)
    end
  end
  private_constant :Completions
end
