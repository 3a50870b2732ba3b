# frozen_string_literal: true

module Billiard
  # What a program wants to be called with about one job.
  # @api private
  JobCallbacks = Struct.new(:callback, :error_callback, :accept_callback, :timeout_callback,
                            keyword_init: true) do
    # @return [JobCallbacks, nil] nil for none
    def self.of(given)
      unknown = given.keys - members
      raise ArgumentError, "unknown keyword: #{unknown.first.inspect}" if unknown.any?

      given.each { |name, callable| Callbacks.check(name, callable) }
      new(**given) if given.values.any?
    end
  end
  private_constant :JobCallbacks

  # A worker process that on_process_up and on_process_down are told of.
  #
  # pid, index   of the process, and its place in the pool
  # group        name of its group
  # exit_status  nil while it runs; its exit code, or minus the number of the signal that ended it
  WorkerProcess = Struct.new(:pid, :index, :group, :exit_status, keyword_init: true)

  # Events of a pool that wait until the program calls Pool#pump, and what is called for them: in the
  # program's own thread, one at a time, in the order of the events.
  # @api private
  class Callbacks
    OF_POOL = %i[on_process_up on_process_down on_timeout_set on_timeout_cancel].freeze

    Job = Struct.new(:result, :callbacks, :accepted)
    private_constant :Job

    class << self
      # POOL-2 and its like name the option and what it must be.
      def check(name, callable)
        return if callable.nil? || callable.respond_to?(:call)

        raise TypeError, "#{name} must be callable, not #{callable.class}"
      end
    end

    # @param of_pool [Hash] OF_POOL => callable
    # @param propagate [Array<Class>] exceptions that leave Pool#pump
    def initialize(of_pool, propagate, group_names)
      @of_pool = of_pool
      @propagate = propagate
      @group_names = group_names
      @mutex = Mutex.new
      @jobs = {}
      @waiting = []
      @early = []
      @submitting = 0
      @answer = nil
      @running = false
    end

    # The block is called with the id of a job, 1 or 0, and why it is refused, for each acceptance that
    # waits for an answer.
    def answer_by(&block)
      @answer = block
    end

    # Registers what the block submits; its events may come before the block has ended.
    def register(callbacks)
      @mutex.synchronize { @submitting += 1 }
      result = yield
      @mutex.synchronize { @jobs[result.job_id] = Job.new(result, callbacks, false) }
      result
    ensure
      @mutex.synchronize do
        @submitting -= 1
        keep_early if @submitting.zero?
      end
    end

    # Forgets what was to be called about a job.
    def forget(job_id)
      @mutex.synchronize { @jobs.delete(job_id) }
    end

    # Keeps the events that somebody wants to be told of.
    def take(events)
      @mutex.synchronize do
        events.each do |event|
          if wanted?(event) then @waiting << event
          elsif @submitting.positive? && event.of_job? then @early << event
          end
        end
      end
    end

    # @return [Boolean] whether #run has something
    def any?
      @mutex.synchronize { !@waiting.empty? }
    end

    # Calls what waits. Called by a callback, or while another thread runs, it does nothing.
    #
    # @return [Integer] number of events
    def run
      return 0 unless begin_running

      count = 0
      begin
        while (event = @mutex.synchronize { @waiting.shift })
          count += 1
          deliver(event)
        end
      ensure
        @mutex.synchronize { @running = false }
      end
      count
    end

    private

    def begin_running
      @mutex.synchronize { !@running && (@running = true) }
    end

    def wanted?(event)
      @jobs.key?(event.job_id) || @of_pool.key?(event.pool_callback)
    end

    def keep_early
      early = @early
      @early = []
      @waiting.concat(early.select { |event| wanted?(event) })
    end

    def deliver(event)
      deliver_to_pool(event)
      job = @mutex.synchronize { @jobs[event.job_id] }
      deliver_to_job(event, job) if job
    end

    def deliver_to_pool(event)
      callable = @of_pool[event.pool_callback] or return

      case event.pool_callback
      when :on_timeout_set then guard { callable.call(event.job_id, event.soft, event.hard) }
      when :on_timeout_cancel then guard { callable.call(event.job_id) }
      else guard { callable.call(event.worker_process(@group_names)) }
      end
    end

    def deliver_to_job(event, job)
      case event.kind
      when Native::BP_EVENT_JOB_ACCEPTED then answer(job) { accept(job, event.pid, event.time) }
      when Native::BP_EVENT_SOFT_TIMEOUT then tell_limit(job, true, event.soft)
      when Native::BP_EVENT_TIMEOUT then tell_limit(job, false, event.hard)
      when Native::BP_EVENT_JOB_DONE
        forget(event.job_id)
        finish(job, event)
      end
    end

    # The worker waits for the answer, also when the callback's error leaves #run.
    def answer(job)
      refusal = "accept_callback did not return"
      refusal = yield
    ensure
      @answer&.call(job.result.job_id, refusal ? 0 : 1, refusal)
    end

    # @return [String, nil] why the job is refused
    def accept(job, pid, time)
      return if job.accepted

      job.accepted = true
      error = guard { job.callbacks.accept_callback&.call(pid, time) }
      "#{error.class}: #{error.message}" if error
    end

    def tell_limit(job, soft, limit)
      guard { job.callbacks.timeout_callback&.call(soft, limit) }
    end

    # A job that was begun has been accepted, also where nobody told so. Its end is told also when the
    # acceptance's error leaves #run.
    def finish(job, event)
      pid = job.result.pid
      accept(job, pid, event.time) if pid
    ensure
      tell_outcome(job)
    end

    def tell_outcome(job)
      value = job.result.value(timeout: 0)
    rescue Error => e
      guard { job.callbacks.error_callback&.call(e) }
    else
      guard { job.callbacks.callback&.call(value) }
    end

    # @return [StandardError, nil] what was raised
    def guard
      yield
      nil
    rescue StandardError => e
      raise if @propagate.any? { |kind| kind === e } # rubocop:disable Style/CaseEquality

      Log.report "Pool callback raised exception: #{e.full_message(highlight: false)}"
      e
    end
  end
  private_constant :Callbacks
end
