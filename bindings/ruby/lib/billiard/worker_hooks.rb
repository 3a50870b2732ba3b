# frozen_string_literal: true

module Billiard
  # Raised in a worker's main thread by a signal that ends the worker. No StandardError, so that tasks
  # which rescue errors do not swallow it.
  class Leave < Exception # rubocop:disable Lint/InheritException
    attr_reader :signal

    def initialize(signal)
      @signal = signal
      super("SIG#{signal}")
    end
  end
  private_constant :Leave

  # What a program wants to be called in its workers.
  # @api private
  class WorkerHooks
    NAMES = %i[initializer on_loop_start on_loop_stop on_process_exit prepare_result].freeze

    # Unknown keywords raise ArgumentError.
    def initialize(**hooks)
      unknown = hooks.keys - NAMES
      raise ArgumentError, "unknown keyword: #{unknown.first.inspect}" if unknown.any?

      hooks.each { |name, callable| check(name, callable) }
      @hooks = hooks.compact
    end

    def any?
      @hooks.any?
    end

    # @return [Array<Symbol>] of those that are given
    def names
      @hooks.keys
    end

    # What it raises ends the worker before it was ready.
    def initialize_worker
      @hooks[:initializer]&.call
    end

    # What it raises fails the job.
    #
    # @return [Object] what is to be answered in the place of a task's value
    def prepare_result(value)
      hook = @hooks[:prepare_result]
      hook ? hook.call(value) : value
    end

    # Calls the block, which returns the exit status, between the hooks of the loop.
    def around_loop
      call(:on_loop_start, ::Process.pid)
      status = 1
      begin
        status = yield
      rescue Leave => e
        status = -Signals.number(e.signal)
        raise
      ensure
        call(:on_loop_stop, ::Process.pid)
        call(:on_process_exit, ::Process.pid, status)
      end
      status
    end

    private

    def check(name, callable)
      return if callable.nil? || callable.respond_to?(:call)

      raise TypeError, "#{name} must be a callable" if name == :initializer

      raise TypeError, "#{name} must be callable"
    end

    def call(name, *arguments)
      @hooks[name]&.call(*arguments)
    rescue StandardError => e
      warn "billiard worker: #{name}: #{e.full_message(highlight: false)}"
    end
  end
  private_constant :WorkerHooks
end
