# frozen_string_literal: true

require "io/wait"

module Billiard
  # Lets many fibers and threads wait for events of one pool through the pool's one file descriptor.
  #
  # One waiting fiber leads: it waits for the descriptor, reads the events and wakes the fibers that
  # wait for the jobs which ended. When it leaves, another takes its place. Only jobs submitted with
  # `notify` are announced there.
  # @api private
  class Completions
    # What Pool#pump waits for, in the place of a job's id.
    ANY_EVENT = :any_event
    private_constant :ANY_EVENT

    # @param callbacks [Callbacks] what the events are kept for
    # @param steps [Boolean] whether the pool does its work only when it is told to
    def initialize(pool_handle, callbacks, steps)
      @pool_handle = pool_handle
      @steps = steps
      @callbacks = callbacks
      @io = IO.for_fd(Native.bp_pool_fd(pool_handle), autoclose: false)
      @mutex = Mutex.new
      @reading = Mutex.new
      @waiting = Hash.new { |waiting, job_id| waiting[job_id] = [] }
      @led = false
    end

    # The descriptor: readable while #drain has something.
    attr_reader :io

    # @return [Boolean] whether the job ended before the deadline
    def wait(result, deadline)
      wait_until(result.job_id, deadline) { result.ready? }
    end

    # @return [Boolean] whether there is something to call before the deadline
    def wait_for_callbacks(deadline)
      wait_until(ANY_EVENT, deadline) { @callbacks.any? }
    end

    # Takes the ids of ended jobs and wakes those who wait for them.
    #
    # @return [Array<Integer>]
    def drain
      ended = []
      # One at a time, so that events stay in their order.
      @reading.synchronize do
        Native.bp_pool_step(@pool_handle) if @steps
        until (events = PoolEvent.read(@pool_handle)).empty?
          @callbacks.take(events)
          events.each { |event| ended << event.job_id if event.job_done? }
        end
      end
      @mutex.synchronize { [*ended, ANY_EVENT].each { |id| wake(id) } }
      ended
    end

    private

    def wait_until(id, deadline)
      turn = ConditionVariable.new
      @mutex.synchronize { @waiting[id] << turn }
      until yield
        left = deadline && (Seconds.left(deadline) / 1e9)
        return false if left&.zero?

        lead(left) || @mutex.synchronize { turn.wait(@mutex, left) if @led && !yield }
      end
      true
    ensure
      leave(id, turn)
    end

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

    def leave(id, turn)
      @mutex.synchronize do
        turns = @waiting[id]
        turns.delete(turn)
        @waiting.delete(id) if turns.empty?
        wake(@waiting.each_key.first) unless @led || @waiting.empty?
      end
    end

    def wake(id)
      @waiting[id].each(&:signal) if @waiting.key?(id)
    end
  end
  private_constant :Completions
end
