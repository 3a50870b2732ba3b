# frozen_string_literal: true

module Billiard
  # A pool of worker processes. Each job ends in exactly one outcome, whatever is killed.
  #
  # A pool belongs to the process that made it: in a forked child its methods raise ForkedError. All
  # methods may be called from any thread.
  class Pool
    include PoolControl
    include PoolMaps

    FIRST_SLICE_NS = 5_000_000
    LONGEST_SLICE_NS = 1_000_000_000
    private_constant :FIRST_SLICE_NS, :LONGEST_SLICE_NS

    @living = ObjectSpace::WeakMap.new

    class << self
      # Makes a pool, and with a block ends it after the block (terminate and join: jobs that have
      # no outcome yet end in Terminated; call #close and #join in the block to let them finish).
      #
      # @yieldparam pool [Pool]
      # @return [Object, Pool] what the block returns; without a block the pool
      # @raise see #initialize
      def open(**options)
        pool = new(**options)
        return pool unless block_given?

        begin
          yield pool
        ensure
          pool.release
        end
      end

      # @api private
      def remember(pool)
        @living[pool] = true
      end

      # Ends all pools of this process. Called when it exits.
      # @api private
      def release_all
        @living.keys.each(&:release)
      end
    end

    # Starts the workers; they need not be ready when it returns. Blocks for some milliseconds.
    #
    # A worker is a fork of this process that runs Ruby tasks (those of Billiard.task and `tasks`),
    # or, with a `command`, a program in any language that attaches to the pool. Workers come in
    # groups; a pool without `groups` has one, described by the pool's own options.
    #
    # @param workers [Integer, nil] number of processes, at least 1; nil: Billiard.cpus_available
    # @param tasks [Hash, Array] name => callable, in addition to those of Billiard.task; for a
    #   command the names of its tasks, where they are to be known before it is ready
    # @param command [Array<String>, String, nil] program and arguments
    # @param environment [Hash, nil] more variables for the command
    # @param start_method [:fork, :spawn, nil] nil: spawn with a command, else fork
    # @param initializer [#call, nil] called first in each worker; when it raises, the worker can not be
    # @param on_loop_start [#call, nil] called in the worker with its process id, before its first job
    # @param on_loop_stop [#call, nil] the same, behind its last
    # @param on_process_exit [#call, nil] called in the worker with its process id and exit status,
    #   last of all
    # @param prepare_result [#call, nil] called in the worker with each value of a task, answers what is to
    #   be sent in its place; what it raises fails the job
    # @param name [String, nil] which lists of processes show with its forked workers; at most 63 bytes
    # @param groups [Array<Hash>, nil] each with `name` and any of the options above
    # @param max_jobs [Integer, nil] jobs queued, running or finished and kept; then submitting
    #   waits
    # @param max_payload [Integer, nil] bytes of one payload or value
    # @param start_timeout [Numeric, nil] seconds after which a job that was taken, but not begun,
    #   goes to another worker
    # @param boot_timeout [Numeric, false, nil] seconds until a worker must be ready; false: no
    #   limit
    # @param max_boot_failures [Integer, false, nil] failed starts in a row until the pool fails
    # @param max_workers [Integer, nil] places for workers, as many as #grow can ever make
    # @param time_limit [Numeric, nil] hard limit of each job in seconds, from its begin: it ends in
    #   TimeLimitExceeded, and its worker is killed with all that it started, and replaced
    # @param soft_time_limit [Numeric, nil] soft limit of each job: SoftTimeLimitExceeded is raised in
    #   the task
    # @param terminate_grace [Numeric, nil] seconds between SIGTERM and SIGKILL; nil: 0.1
    # @param lost_worker_timeout [Numeric, nil] seconds for which the exit status of a worker that has ended is
    #   awaited at most; nil: 1
    # @param max_tasks_per_child [Integer, nil] a worker that has done so many jobs is replaced
    # @param max_memory_per_child [Integer, nil] KiB by which a worker may grow: over it, it is replaced
    #   after its job; over twice that, the job ends in MemoryLimitExceeded
    # @param max_restarts [Integer, nil] workers that may be replaced in max_restart_freq because they
    #   died; one more fails the pool with RestartFreqExceeded
    # @param max_restart_freq [Numeric, nil] seconds; nil: 1
    # @param on_process_up, on_process_down [#call, nil] called by #pump with a WorkerProcess
    # @param on_timeout_set, on_timeout_cancel [#call, nil] called by #pump with the id of a job that has
    #   limits, when it has begun (and with its soft and hard limit) and when it has ended
    # @param slots [Integer, nil] how many jobs with wait_for_slot may be unfinished; nil: as many as workers
    # @param wait_for_slots [Boolean] submitting waits for a slot, unless the job says otherwise
    # @param synack [Boolean] a job with an accept_callback is begun when #pump has called that; one that
    #   raises refuses the job (RejectedError)
    # @param synack_timeout [Numeric, nil] seconds until an acceptance that nobody answers is refused; nil: 60
    # @param threads [Boolean] false: no thread of the library watches the workers; the program calls #pump
    #   (or #drain) when #to_io is readable, and calls that wait do the same
    # @param watch_limits [Boolean] jobs may have a timeout_callback; so they may with on_timeout_...
    # @param callbacks_propagate [Array<Class>] errors of callbacks that leave #pump; others are warned of
    # @param template_path [String, nil] the billiard-template program, if not where the library
    #   looks
    # @raise [ArgumentError, TypeError] for a wrong option, which is named
    # @raise [StartFailedError, NotFoundError, OutOfMemoryError, SystemError]
    def initialize(**options)
      checked = PoolOptions.new(**options)
      @group_names = checked.group_names
      @watches_limits = checked.watches_limits?
      @callbacks = checked.callbacks
      @handle, @keep = Scheduler.without { checked.create }
      @completions = Completions.new(@handle, @callbacks, checked.event_loop?)
      @callbacks.answer_by { |*answer| Native.bp_pool_answer_job(@handle, *answer) } if checked.synack?
      @released = false
      Pool.remember(self)
      pump if checked.watches_workers?
    end

    # Submits a job and returns at once; it waits only while max_jobs jobs are there.
    #
    # @param task [Symbol, String] its name
    # @param arguments [Array] anything that MessagePack has a form for; a Hash in braces
    # @param group [String, nil] name of the group to run it; nil: the first that knows the task
    # @param raw [Boolean] send the one argument, a String, as bytes without encoding
    # @param notify [Boolean] announce the end through #to_io and #drain (always so under a fiber
    #   scheduler, and for jobs with callbacks)
    # @param submit_timeout [Numeric, nil] seconds to wait for a place
    # @param time_limit, soft_time_limit [Numeric, false, nil] see #initialize; nil: the pool's; false:
    #   none
    # @param expires [Numeric, nil] seconds after which it ends in ExpiredError if it has not begun
    # @param retries [Integer] how often it is run again when its worker dies
    # @param priority [Integer] 3 (first) to -3 (last)
    # @param wait_for_slot [Boolean, nil] whether to wait for one of the pool's slots; nil: as the pool says
    # @param correlation_id [Object, nil] kept by the result
    # @param callback, error_callback [#call, nil] one of them is called by #pump at the end, with the
    #   value or the error
    # @param accept_callback [#call, nil] called by #pump with the process id of the worker that has
    #   begun the job, and when (in monotonic seconds)
    # @param timeout_callback [#call, nil] called by #pump when the job has gone past a limit, with
    #   whether it was the soft one, and its seconds; needs a pool that watches limits
    # @return [Result]
    # @raise [UnknownTask] no group knows the task
    # @raise [EncodingError] an argument can not be encoded; it is named
    # @raise [TooLargeError] above max_payload
    # @raise [StateError] the pool is closed or terminated
    # @raise [PoolFull] no place in time
    # @raise [PoolFailed, ForkedError, OutOfMemoryError, TypeError, ArgumentError]
    def apply_async(task, *arguments, **options)
      name = Tasks.name(task)
      checked = job_options(options)
      payload = checked.encode(arguments)
      registered(checked) do
        Result.new(submit(checked) { |limit_ns| submit_job(name, payload, checked, limit_ns) },
                   self, checked)
      end
    end

    # Submits a job and waits for its value.
    #
    # @param timeout [Numeric, nil] seconds to wait for the value; when they are over the job goes
    #   on
    # @return [Object] see Result#value
    # @raise see #apply_async and Result#value
    def apply(task, *arguments, timeout: nil, **options)
      result = apply_async(task, *arguments, **options)
      result.value(timeout: timeout)
    ensure
      result&.release
    end

    # Waits until every worker has been ready once.
    #
    # @param timeout [Numeric, nil] seconds
    # @return [self]
    # @raise [PoolFailed] workers can not be started; the message says why
    # @raise [TimeoutError, StateError, ForkedError]
    def wait_ready(timeout: nil)
      timeout_ns = Seconds.timeout(timeout)
      ready = Scheduler.blocking { Native.bp_pool_wait_ready(@handle, timeout_ns) }
      raise Error.make(TimeoutError, "the workers were not ready in #{timeout} s") unless ready

      self
    end

    # No more submissions; queued jobs are completed, then the workers leave. May be repeated.
    #
    # @return [self]
    # @raise [ForkedError]
    def close
      Native.bp_pool_close(@handle)
      self
    end

    # Ends now: jobs without an outcome end in Terminated, the workers are killed with all that they
    # started. Does not wait; may be repeated.
    #
    # @return [self]
    # @raise [ForkedError]
    def terminate
      Native.bp_pool_terminate(@handle)
      self
    end

    # Waits until a closed or terminated pool has ended: all jobs have an outcome, no process is
    # left.
    #
    # @param timeout [Numeric, nil] seconds
    # @return [self, nil] nil when the time was over first, as with Thread#join
    # @raise [StateError] neither closed nor terminated
    # @raise [ForkedError]
    def join(timeout: nil)
      timeout_ns = Seconds.timeout(timeout)
      self if Scheduler.blocking { Native.bp_pool_join(@handle, timeout_ns) }
    end

    # Terminates, joins and frees everything, in less than a second; later calls raise ClosedError.
    # Results may still be read. May be repeated. A pool that is forgotten is ended by the garbage
    # collector or at exit.
    #
    # @return [nil]
    def release
      return if @released

      @released = true
      begin
        Native.bp_pool_terminate(@handle)
      rescue ForkedError
        nil # a child frees its copy only
      end
      Native.release(@handle)
    end

    # @return [Stats] one snapshot
    def stats
      look.stats
    end

    # @return [Array<WorkerInfo>] what each worker is doing now, by index
    def workers
      look.workers
    end

    # For IO.select and event loops: readable while #drain or #pump has something to do. Not to be
    # read or closed.
    #
    # @return [IO]
    def to_io
      @completions.io
    end

    # Takes the ids of ended jobs that were submitted with `notify`, each once. Does not wait. (So does
    # #pump, which keeps none: a program uses one of the two.)
    #
    # @return [Array<Integer>] see Result#job_id
    # @raise [ForkedError]
    def drain
      @completions.drain
    end

    # Calls the callbacks of jobs and of the pool for what has happened so far, in this thread, one at a
    # time; nothing else ever calls them. They may use the pool; #pump does nothing in them.
    #
    # @param timeout [Numeric, nil] seconds to wait when nothing has; nil waits for ever
    # @return [Integer] for how many events
    # @raise what a callback raised, if callbacks_propagate names it
    # @raise [ForkedError]
    def pump(timeout = 0)
      deadline = Seconds.deadline(Seconds.timeout(timeout))
      drain
      count = @callbacks.run
      count = @callbacks.run while count.zero? && @completions.wait_for_callbacks(deadline)
      count
    end
    alias handle_result_event pump

    # A pool belongs to its process.
    # @raise [TypeError]
    # @api private
    def marshal_dump
      raise TypeError, "pool objects cannot be passed between processes"
    end

    # @return [String]
    def inspect
      "#<#{self.class} groups=#{@group_names.join(',')}#{' released' if @released}>"
    end
    alias to_s inspect

    # @api private
    def wait_for(result, timeout_ns)
      @completions.wait(result, Seconds.deadline(timeout_ns))
    end

    # @api private
    def forget(job_id)
      @callbacks.forget(job_id)
    end

    private

    def look
      Snapshot.new(Native.bpi_snapshot_take(@handle)) { |index| @group_names[index] }
    end

    # Most jobs have no options; theirs are made once for each of the two ways to wait.
    def job_options(given)
      return JobOptions.default if given.empty?

      options = JobOptions.new(**given)
      if options.callbacks&.timeout_callback && !@watches_limits
        raise Error.make(StateError, "timeout_callback: the pool was made without watch_limits")
      end

      options
    end

    def registered(options, &submission)
      callbacks = options.callbacks
      callbacks ? @callbacks.register(callbacks, &submission) : submission.call
    end

    def submit_job(name, payload, options, limit_ns)
      return Native.bpi_apply_with(@handle, name, payload, options.native, limit_ns) unless options.plain?

      Native.bpi_apply_async(@handle, name, payload, options.format, options.group,
                             options.notify ? 1 : 0, limit_ns)
    end

    # Results that the program dropped keep their places among max_jobs until they are collected: a
    # full pool waits in growing slices, and has the garbage collected between them. The block is
    # called with the nanoseconds that it may wait, and returns nil when there was no place.
    def submit(options, &call)
      handle = call.(1)
      deadline = Seconds.deadline(options.submit_timeout_ns)
      slice_ns = FIRST_SLICE_NS
      until handle || (left_ns = Seconds.left(deadline)).zero?
        slice_ns = [slice_ns, left_ns].min if left_ns.positive?
        handle = Scheduler.blocking { call.(slice_ns) }
        GC.start unless handle
        slice_ns = [slice_ns * 2, LONGEST_SLICE_NS].min
      end
      return handle if handle

      raise Error.make(PoolFull, "no place for a job in #{options.submit_timeout} s")
    end
  end

  at_exit { Pool.release_all }
end
