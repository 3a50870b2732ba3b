# frozen_string_literal: true

module Billiard
  # A pool of worker processes. Each job ends in exactly one outcome, whatever is killed.
  #
  # A pool belongs to the process that made it: in a forked child its methods raise ForkedError. All
  # methods may be called from any thread.
  class Pool
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
    # @param groups [Array<Hash>, nil] each with `name` and any of the options above
    # @param max_jobs [Integer, nil] jobs queued, running or finished and kept; then submitting
    #   waits
    # @param max_payload [Integer, nil] bytes of one payload or value
    # @param start_timeout [Numeric, nil] seconds after which a job that was taken, but not begun,
    #   goes to another worker
    # @param boot_timeout [Numeric, false, nil] seconds until a worker must be ready; false: no
    #   limit
    # @param max_boot_failures [Integer, false, nil] failed starts in a row until the pool fails
    # @param template_path [String, nil] the billiard-template program, if not where the library
    #   looks
    # @raise [ArgumentError, TypeError] for a wrong option, which is named
    # @raise [StartFailedError, NotFoundError, OutOfMemoryError, SystemError]
    def initialize(**options)
      checked = PoolOptions.new(**options)
      @group_names = checked.group_names
      @handle, @keep = checked.create
      @completions = Completions.new(@handle)
      @released = false
      Pool.remember(self)
    end

    # Submits a job and returns at once; it waits only while max_jobs jobs are there.
    #
    # @param task [Symbol, String] its name
    # @param arguments [Array] anything that MessagePack has a form for; a Hash in braces
    # @param group [String, nil] name of the group to run it; nil: the first that knows the task
    # @param raw [Boolean] send the one argument, a String, as bytes without encoding
    # @param notify [Boolean] announce the end through #to_io and #drain (always so under a fiber
    #   scheduler)
    # @param submit_timeout [Numeric, nil] seconds to wait for a place
    # @return [Result]
    # @raise [UnknownTask] no group knows the task
    # @raise [EncodingError] an argument can not be encoded; it is named
    # @raise [TooLargeError] above max_payload
    # @raise [StateError] the pool is closed or terminated
    # @raise [PoolFull] no place in time
    # @raise [PoolFailed, ForkedError, OutOfMemoryError, TypeError, ArgumentError]
    def apply_async(task, *arguments, group: nil, raw: false, notify: Scheduler.active?,
                    submit_timeout: nil)
      name = Tasks.name(task)
      payload, format = encode(arguments, raw)
      # 0 would be the library's default, which is to wait.
      timeout_ns = [1, Seconds.timeout(submit_timeout, "submit_timeout")].max if submit_timeout
      handle = submit(name, payload, format, group&.to_s, notify, timeout_ns || Seconds::FOREVER)
      raise Error.make(PoolFull, "no place for a job in #{submit_timeout} s") if handle.nil?

      Result.new(handle, self, notify)
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
      Snapshot.new(@handle, @group_names).stats
    end

    # @return [Array<WorkerInfo>] what each worker is doing now, by index
    def workers
      Snapshot.new(@handle, @group_names).workers
    end

    # For IO.select and event loops: readable while #drain has something. Not to be read or closed.
    #
    # @return [IO]
    def to_io
      @completions.io
    end

    # Takes the ids of ended jobs that were submitted with `notify`, each once. Does not wait.
    #
    # @return [Array<Integer>] see Result#job_id
    # @raise [ForkedError]
    def drain
      @completions.drain
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

    private

    def encode(arguments, raw)
      return [Codec.encode_arguments(arguments), Codec::MSGPACK] unless raw
      if arguments.size != 1
        raise ArgumentError, "a raw call has one argument, not #{arguments.size}"
      end

      [Codec.raw(arguments.first, "argument 1"), Codec::RAW]
    end

    # Results that the program dropped keep their places among max_jobs until they are collected: a
    # full pool waits in growing slices, and has the garbage collected between them.
    def submit(name, payload, format, group, notify, timeout_ns)
      call = lambda do |limit_ns|
        Native.bpi_apply_async(@handle, name, payload, format, group, notify ? 1 : 0, limit_ns)
      end
      handle = call.(1)
      deadline = Seconds.deadline(timeout_ns)
      slice_ns = FIRST_SLICE_NS
      until handle || (left_ns = Seconds.left(deadline)).zero?
        slice_ns = [slice_ns, left_ns].min if left_ns.positive?
        handle = Scheduler.blocking { call.(slice_ns) }
        GC.start unless handle
        slice_ns = [slice_ns * 2, LONGEST_SLICE_NS].min
      end
      handle
    end
  end

  at_exit { Pool.release_all }
end
