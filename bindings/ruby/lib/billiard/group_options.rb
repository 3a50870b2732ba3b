# frozen_string_literal: true

module Billiard
  # Checks the options of one group of workers and hands them to a pool builder.
  # @api private
  class GroupOptions
    START_METHODS = { nil => Native::BP_START_DEFAULT, fork: Native::BP_START_FORK,
                      spawn: Native::BP_START_SPAWN }.freeze
    MOST_WORKERS = (2**31) - 1

    # Unknown keywords raise ArgumentError.
    def initialize(name: nil, workers: nil, start_method: nil, command: nil, environment: nil,
                   tasks: nil, **hooks)
      @name = name&.to_s
      @workers = check_workers(workers)
      @start_method = check_start_method(start_method)
      @command = check_command(command)
      @environment = check_environment(environment)
      @tasks = @command ? task_names(tasks) : Billiard.defined_tasks.with(tasks || {})
      @hooks = WorkerHooks.new(**hooks)
      return unless @command && @hooks.any?

      raise ArgumentError, "#{@hooks.names.first} can not be called in the workers of a command"
    end

    attr_reader :name

    # Adds the group to the builder.
    #
    # @return [Object, nil] what must live as long as the pool
    def add_to(builder)
      group = Native.bpi_pool_builder_add_group(builder, @name, @workers, @start_method)
      @command&.each { |word| Native.bpi_pool_builder_add_command_word(builder, group, word) }
      @environment.each { |text| Native.bpi_pool_builder_add_environment(builder, group, text) }
      names = @command ? @tasks : @tasks.names
      names.each { |name| Native.bpi_pool_builder_add_task(builder, group, name) }
      return if @command

      tasks = @tasks
      hooks = @hooks
      Native.set_worker_block(builder, group, ->(handle) { Worker.new(handle, tasks, hooks).run })
    end

    private

    def check_workers(workers)
      return 0 if workers.nil?
      unless workers.is_a?(Integer)
        raise TypeError, "workers must be an Integer, not #{workers.class}"
      end
      return workers if workers.between?(1, MOST_WORKERS)

      raise ArgumentError, "workers must be at least 1, got #{workers}"
    end

    def check_start_method(start_method)
      START_METHODS.fetch(start_method) do
        raise ArgumentError, "start_method must be :fork or :spawn, got #{start_method.inspect}"
      end
    end

    def check_command(command)
      return if command.nil?

      words = command.is_a?(::Array) ? command : [command]
      raise ArgumentError, "command must not be empty" if words.empty?

      words.map { |word| check_text(word.respond_to?(:to_path) ? word.to_path : word, "command") }
    end

    def check_environment(environment)
      return [] if environment.nil?
      unless environment.respond_to?(:to_hash)
        raise TypeError, "environment must be a Hash, not #{environment.class}"
      end

      environment.to_hash.map do |name, value|
        "#{check_text(name.to_s, 'environment')}=#{check_text(value.to_s, 'environment')}"
      end
    end

    def check_text(text, name)
      unless text.is_a?(String)
        raise TypeError, "#{name} must be made of Strings, not #{text.class}"
      end
      raise ArgumentError, "#{name} must not contain NUL" if text.include?("\0")

      text
    end

    # A command defines its tasks itself; their names may be told in advance.
    def task_names(tasks)
      return [] if tasks.nil?
      raise TypeError, "tasks of a command must be an Array of names" unless tasks.is_a?(::Array)

      tasks.map { |name| Tasks.name(name) }
    end
  end
  private_constant :GroupOptions
end
