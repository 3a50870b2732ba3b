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
                   tasks: nil)
      @name = name&.to_s
      @workers = check_workers(workers)
      @start_method = check_start_method(start_method)
      @command = check_command(command)
      @environment = check_environment(environment)
      @tasks = @command ? task_names(tasks) : Billiard.defined_tasks.with(tasks || {})
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
      Native.set_worker_block(builder, group, ->(handle) { Worker.new(handle, tasks).run })
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

  # Checks the options of a pool and makes it.
  # @api private
  class PoolOptions
    GROUP_KEYS = %i[workers start_method command environment tasks].freeze

    # Unknown keywords raise ArgumentError.
    def initialize(groups: nil, max_jobs: nil, max_payload: nil, start_timeout: nil,
                   boot_timeout: nil, max_boot_failures: nil, template_path: nil, **group)
      check_keys(group, groups)
      @groups = groups ? check_groups(groups) : [GroupOptions.new(**group)]
      @max_jobs = check_limit(max_jobs, "max_jobs", 2**32)
      @max_payload = check_limit(max_payload, "max_payload", 2**63)
      @max_boot_failures = check_boot_failures(max_boot_failures)
      @start_timeout = Seconds.limit(start_timeout, "start_timeout")
      @boot_timeout = Seconds.limit(boot_timeout, "boot_timeout")
      @template_path = template_path
    end

    # @return [Array<String>] names of the groups by index
    def group_names
      @groups.each_with_index.map do |group, index|
        group.name || (index.zero? ? "default" : "group-#{index}")
      end
    end

    # @return [Array] the pool's handle, and what must live as long as it
    def create
      builder = Native.bpi_pool_builder_new
      keep = @groups.map { |group| group.add_to(builder) }
      set_limits(builder)
      Native.fork_through_ruby(builder)
      [Native.bpi_pool_builder_create(builder), keep]
    end

    private

    def check_keys(group, groups)
      unknown = group.keys - GROUP_KEYS
      raise ArgumentError, "unknown keyword: #{unknown.first.inspect}" if unknown.any?
      return if groups.nil? || group.empty?

      raise ArgumentError, "#{group.keys.first} belongs into the groups, where groups are given"
    end

    def check_groups(groups)
      raise TypeError, "groups must be an Array, not #{groups.class}" unless groups.is_a?(::Array)
      raise ArgumentError, "groups must not be empty" if groups.empty?

      groups.map do |group|
        raise TypeError, "a group must be a Hash, not #{group.class}" unless group.is_a?(Hash)

        GroupOptions.new(**group)
      end
    end

    def check_limit(value, name, bound)
      return 0 if value.nil?
      raise TypeError, "#{name} must be an Integer, not #{value.class}" unless value.is_a?(Integer)
      return value if value.between?(1, bound - 1)

      raise ArgumentError, "#{name} must be at least 1 and below #{bound}, got #{value}"
    end

    def check_boot_failures(value)
      value == false ? -1 : check_limit(value, "max_boot_failures", 2**31)
    end

    def set_limits(builder)
      Native.bpi_pool_builder_set_max_jobs(builder, @max_jobs)
      Native.bpi_pool_builder_set_max_payload(builder, @max_payload)
      Native.bpi_pool_builder_set_start_timeout(builder, @start_timeout)
      Native.bpi_pool_builder_set_boot_timeout(builder, @boot_timeout)
      Native.bpi_pool_builder_set_max_boot_failures(builder, @max_boot_failures)
      Native.bpi_pool_builder_set_template_path(builder, @template_path.to_s) if @template_path
    end
  end
  private_constant :PoolOptions
end
