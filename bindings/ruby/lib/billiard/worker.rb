# frozen_string_literal: true

module Billiard
  # The worker's side of a pool: pulls jobs, runs their tasks, answers.
  #
  # A Ruby program becomes the worker command of any pool, in any language, by
  #
  #   Billiard.task(:square) { |n| n * n }
  #   Billiard::Worker.run
  class Worker
    # Signals that end a worker, after its ensure clauses have run.
    LEAVING_SIGNALS = %w[TERM HUP QUIT ALRM USR2].freeze
    private_constant :LEAVING_SIGNALS

    class << self
      # @return [Boolean] whether this process was started as a worker by a pool
      def requested?
        Native.bp_worker_requested == 1
      end

      # Serves the pool that started this process, with the tasks of Billiard.task, and exits.
      #
      # @param hooks [Hash] initializer, on_loop_start, on_loop_stop, on_process_exit, prepare_result:
      #   see Pool#initialize
      # @raise [StateError] not started by a pool, or attached already
      # @raise [CorruptError] the pool's library is of another version
      def run(**hooks)
        checked = WorkerHooks.new(**hooks)
        status = new(Native.bp_worker_attach, Billiard.defined_tasks, checked).run
        $stdout.flush
        exit!(status)
      end
    end

    # @api private
    def initialize(handle, tasks, hooks)
      @handle = handle
      @tasks = tasks
      @hooks = hooks
      @soft_limit = SoftLimit.new
    end

    # Serves until the pool wants this worker to leave.
    #
    # @api private
    # @return [Integer] exit status
    def run
      @hooks.initialize_worker
      take_over_process
      say_ready
      @hooks.around_loop { serve }
    rescue Leave => e
      die_by(e.signal)
    rescue Exception => e # rubocop:disable Lint/RescueException
      report(e)
      1
    end

    private

    # A forked worker has the host's handlers and input: neither is meant for it.
    def take_over_process
      SoftLimit.of_process = @soft_limit
      LEAVING_SIGNALS.each { |signal| leave_at(signal) }
      trap("USR1") { @soft_limit.signalled }
      trap("INT", "IGNORE")
      trap("CHLD", "DEFAULT")
      $stdin.reopen(File::NULL)
    end

    # A signal that was ignored stays ignored.
    def leave_at(signal)
      before = trap(signal) { raise Leave, signal }
      trap(signal, before) if %w[IGNORE SIG_IGN].include?(before)
    end

    def say_ready
      names = Native.bpi_names_new
      @tasks.names.each { |name| Native.bpi_names_add(names, name) }
      Native.bpi_worker_ready_with(@handle, names, Native::BP_SOFT_SIGNAL_OWN)
    end

    def serve
      loop do
        job = Native.bp_worker_next(@handle, 0)
        job ? run_job(job) : Native.bp_worker_wait(@handle, Native::BP_FOREVER)
      end
    rescue ClosedError
      Native.bp_worker_exit_status(@handle)
    end

    # Whatever the task raises fails its job and leaves the worker well, but for the worker's own
    # end.
    def run_job(job)
      reply(job, *call_task(job))
    rescue Leave
      raise
    rescue Exception => e # rubocop:disable Lint/RescueException
      fail_job(job, e)
    ensure
      flush_output
    end

    # @return [Array(String, Integer)] bytes and format of the answer
    def call_task(job)
      task = @tasks.fetch(Native.bp_job_task(job))
      bytes, format = Native.bp_job_payload(job)
      raw = format == Codec::RAW
      given = raw ? [bytes] : arguments(bytes, format)
      value = @soft_limit.hold(job) { @hooks.prepare_result(task.call(*given)) }
      return [value, Codec::RAW] if raw && value.is_a?(String)

      [Codec.encode(value, "the task's result"), Codec::MSGPACK]
    end

    def arguments(bytes, format)
      arguments = Codec.decode(bytes, format)
      return arguments if arguments.is_a?(::Array)

      raise Error.make(DecodingError, "the arguments are #{arguments.class}, not an Array")
    end

    # The host may have ended the job meanwhile: then nobody wants the answer.
    def reply(job, bytes, format)
      Native.bp_job_reply(job, bytes, format)
    rescue Terminated
      nil
    end

    def fail_job(job, error)
      Native.bpi_job_fail(job, text { class_name(error) },
                          text { error.message }, text { backtrace(error) })
    rescue Terminated
      nil
    end

    def class_name(error)
      return SoftTimeLimitExceeded.shared_name if error.is_a?(SoftTimeLimitExceeded)

      error.class.name || error.class.inspect
    end

    # A text of the task's own making: it may fail, be no String, or hold a NUL.
    def text
      yield.to_s.delete("\0")
    rescue StandardError => e
      "(no text: #{e.class})"
    end

    # The task's own frames, without this file's below them.
    def backtrace(error)
      (error.backtrace || []).take_while { |frame| !frame.start_with?(__FILE__) }.join("\n")
    end

    def flush_output
      $stdout.flush
      $stderr.flush
    rescue IOError, SystemCallError
      nil
    end

    # So that the pool sees "killed by signal".
    def die_by(signal)
      flush_output
      trap(signal, "SYSTEM_DEFAULT")
      ::Process.kill(signal, ::Process.pid)
      sleep
    end

    def report(error)
      Native.bp_worker_failed(@handle, text { "#{error.class}: #{error.message}" })
    rescue Error
      warn "billiard worker: #{error.full_message(highlight: false)}"
    end
  end
end
