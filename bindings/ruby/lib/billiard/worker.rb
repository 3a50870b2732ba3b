# frozen_string_literal: true

module Billiard
  # The worker's side of a pool: pulls jobs, runs their tasks, answers.
  #
  # A Ruby program becomes the worker command of any pool, in any language, by
  #
  #   Billiard.task(:square) { |n| n * n }
  #   Billiard::Worker.run
  class Worker
    # Raised in the main thread by a signal that ends the worker. No StandardError, so that tasks
    # which rescue errors do not swallow it.
    class Leave < Exception # rubocop:disable Lint/InheritException
      attr_reader :signal

      def initialize(signal)
        @signal = signal
        super("SIG#{signal}")
      end
    end
    private_constant :Leave

    # Signals that end a worker, after its ensure clauses have run.
    LEAVING_SIGNALS = %w[TERM HUP QUIT ALRM USR1 USR2].freeze
    private_constant :LEAVING_SIGNALS

    class << self
      # @return [Boolean] whether this process was started as a worker by a pool
      def requested?
        Native.bp_worker_requested == 1
      end

      # Serves the pool that started this process, with the tasks of Billiard.task, and exits.
      #
      # @raise [StateError] not started by a pool, or attached already
      # @raise [CorruptError] the pool's library is of another version
      def run
        status = new(Native.bp_worker_attach, Billiard.defined_tasks).run
        $stdout.flush
        exit!(status)
      end
    end

    # @api private
    def initialize(handle, tasks)
      @handle = handle
      @tasks = tasks
    end

    # Serves until the pool wants this worker to leave.
    #
    # @api private
    # @return [Integer] exit status
    def run
      take_over_process
      say_ready
      serve
    rescue Leave => e
      die_by(e.signal)
    rescue Exception => e # rubocop:disable Lint/RescueException
      report(e)
      1
    end

    private

    # A forked worker has the host's handlers and input: neither is meant for it.
    def take_over_process
      LEAVING_SIGNALS.each { |signal| leave_at(signal) }
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
      Native.bpi_worker_ready(@handle, names)
    end

    def serve
      loop do
        job = Native.bp_worker_next(@handle, 0)
        job ? run_job(job) : Native.bp_worker_wait(@handle, Native::BP_FOREVER)
      end
    rescue ClosedError
      0
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
      value = task.call(*(raw ? [bytes] : arguments(bytes, format)))
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
      Native.bpi_job_fail(job, text { error.class.name || error.class.inspect },
                          text { error.message }, text { backtrace(error) })
    rescue Terminated
      nil
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
      Process.kill(signal, Process.pid)
      sleep
    end

    def report(error)
      Native.bp_worker_failed(@handle, text { "#{error.class}: #{error.message}" })
    rescue Error
      warn "billiard worker: #{error.full_message(highlight: false)}"
    end
  end
end
