# frozen_string_literal: true

module Billiard
  # Tasks by name. A pool takes a copy when it is made: later definitions are not in it.
  # @api private
  class Tasks
    LONGEST_NAME = 255

    class << self
      # @return [String] the checked name of a task
      def name(name)
        unless name.is_a?(Symbol) || name.is_a?(String)
          raise TypeError, "task must be a Symbol or a String, not #{name.class}"
        end

        text = name.is_a?(Symbol) ? name.name : -name
        return text if text.bytesize.between?(1, LONGEST_NAME) && !text.include?("\0")

        raise ArgumentError,
              "task must be 1 to #{LONGEST_NAME} bytes without NUL, got #{text.inspect}"
      end
    end

    def initialize(tasks = {})
      @tasks = tasks
    end

    def define(name, callable)
      unless callable.respond_to?(:call)
        raise TypeError, "task #{name} must have a block or an object with #call"
      end

      @tasks[Tasks.name(name)] = callable
    end

    # @return [Tasks] a copy with the additional tasks, which win
    def with(additional)
      unless additional.respond_to?(:each_pair)
        raise TypeError, "tasks must be a Hash, not #{additional.class}"
      end

      copy = Tasks.new(@tasks.dup)
      additional.each_pair { |name, callable| copy.define(name, callable) }
      copy
    end

    def names
      @tasks.keys
    end

    def fetch(name)
      @tasks.fetch(name) do
        raise Error.make(UnknownTask, "this worker has no task #{name.inspect}")
      end
    end
  end
  private_constant :Tasks

  @tasks = Tasks.new

  class << self
    # Defines a task for all pools that are made later in this process, and for Worker.run.
    #
    # The block runs in a worker with the arguments of apply_async; what it returns is the job's
    # value, what it raises fails the job with TaskError. It may be defined again: the last
    # definition counts.
    #
    # @param name [Symbol, String] 1 to 255 bytes
    # @param callable [#call] instead of a block
    # @return [Symbol, String] the name
    # @raise [TypeError, ArgumentError] for a wrong name, or without a block
    def task(name, callable = nil, &block)
      @tasks.define(name, callable || block)
      name
    end

    # @api private
    def defined_tasks
      @tasks
    end
  end
end
