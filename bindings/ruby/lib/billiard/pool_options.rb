# frozen_string_literal: true

module Billiard
  # Checks the options of a pool and makes it.
  # @api private
  class PoolOptions
    GROUP_KEYS = %i[workers start_method command environment tasks initializer on_loop_start
                    on_loop_stop on_process_exit prepare_result].freeze
    OWN_KEYS = %i[name threads synack wait_for_slots watch_limits callbacks_propagate template_path].freeze

    # Option => its setter in the builder, and how it is checked.
    NUMBERS = {
      max_jobs: [:max_jobs, :count, 2**32],
      max_payload: [:max_payload, :count, 2**63],
      max_boot_failures: [:max_boot_failures, :count_or_false, 2**31],
      max_workers: [:max_workers, :count, 2**31],
      max_restarts: [:max_restarts, :count_or_zero, 2**31],
      max_tasks_per_child: [:max_jobs_per_worker, :count, 2**63],
      max_memory_per_child: [:max_memory_per_worker, :count_or_zero, 2**53],
      start_timeout: [:start_timeout, :seconds_or_false],
      boot_timeout: [:boot_timeout, :seconds_or_false],
      time_limit: [:time_limit, :seconds_or_zero],
      soft_time_limit: [:soft_time_limit, :seconds_or_zero],
      terminate_grace: [:terminate_grace, :seconds_or_zero],
      lost_worker_timeout: [:lost_worker_timeout, :seconds_or_zero],
      max_restart_freq: [:restart_window, :seconds_or_zero],
      slots: [:slots, :count, 2**31],
      synack_timeout: [:synack_timeout, :seconds_or_zero]
    }.freeze

    # Unknown keywords raise ArgumentError.
    def initialize(groups: nil, **options)
      of_group, own = options.partition { |key, _value| GROUP_KEYS.include?(key) }.map(&:to_h)
      check_keys(of_group, own, groups)
      @groups = groups ? check_groups(groups) : [GroupOptions.new(**of_group)]
      @numbers = NUMBERS.to_h { |name, (setter, *)| [setter, check_number(name, own[name])] }
      @synack = own[:synack]
      @wait_for_slots = own[:wait_for_slots]
      @event_loop = own[:threads] == false
      @template_path = own[:template_path]
      @name = check_name(own[:name])
      @callbacks = check_callbacks(own)
      @propagate = check_propagate(own[:callbacks_propagate])
      @watch_limits = own[:watch_limits]
    end

    # @return [Array<String>] names of the groups by index
    def group_names
      @groups.each_with_index.map do |group, index|
        group.name || (index.zero? ? "default" : "group-#{index}")
      end
    end

    # @return [Boolean] whether jobs wait for the answer to their acceptance
    def synack?
      @synack
    end

    # @return [Callbacks] of the pool
    def callbacks
      Callbacks.new(@callbacks, @propagate, group_names)
    end

    # @return [Boolean] whether no thread watches the workers
    def event_loop?
      @event_loop
    end

    def watches_limits?
      @watch_limits || @callbacks.key?(:on_timeout_set) || @callbacks.key?(:on_timeout_cancel)
    end

    def watches_workers?
      @callbacks.key?(:on_process_up) || @callbacks.key?(:on_process_down)
    end

    # @return [Array] the pool's handle, and what must live as long as it
    def create
      builder = Native.bpi_pool_builder_new
      keep = @groups.map { |group| group.add_to(builder) }
      @numbers.each do |setter, value|
        Native.public_send("bpi_pool_builder_set_#{setter}", builder, value)
      end
      Native.bpi_pool_builder_set_events(builder, events)
      Native.bpi_pool_builder_set_event_loop(builder, @event_loop ? 1 : 0)
      Native.bpi_pool_builder_set_synack(builder, @synack ? 1 : 0)
      Native.bpi_pool_builder_set_wait_for_slot(builder, @wait_for_slots ? 1 : 0)
      Native.bpi_pool_builder_set_name(builder, @name) if @name
      Native.bpi_pool_builder_set_template_path(builder, @template_path.to_s) if @template_path
      Native.fork_through_ruby(builder)
      [Forking.alone { Forking.explain { Native.bpi_pool_builder_create(builder) } }, keep]
    end

    private

    def events
      (watches_workers? ? Native::BP_EVENTS_WORKERS : 0) |
        (watches_limits? ? Native::BP_EVENTS_LIMITS : 0)
    end

    def check_keys(of_group, own, groups)
      unknown = own.keys - NUMBERS.keys - OWN_KEYS - Callbacks::OF_POOL
      raise ArgumentError, "unknown keyword: #{unknown.first.inspect}" if unknown.any?
      return if groups.nil? || of_group.empty?

      raise ArgumentError, "#{of_group.keys.first} belongs into the groups, where groups are given"
    end

    def check_name(name)
      return name if name.nil? || name.is_a?(String)

      raise TypeError, "name must be a String, not #{name.class}"
    end

    def check_groups(groups)
      raise TypeError, "groups must be an Array, not #{groups.class}" unless groups.is_a?(::Array)
      raise ArgumentError, "groups must not be empty" if groups.empty?

      groups.map do |group|
        raise TypeError, "a group must be a Hash, not #{group.class}" unless group.is_a?(Hash)

        GroupOptions.new(**group)
      end
    end

    def check_number(name, value)
      _setter, kind, bound = NUMBERS.fetch(name)
      case kind
      when :seconds_or_false then Seconds.limit(value, name)
      when :seconds_or_zero then Seconds.pool_limit(value, name)
      when :count_or_false then value == false ? -1 : check_count(value, name, bound)
      when :count_or_zero then check_count(value == 0 ? nil : value, name, bound)
      else check_count(value, name, bound)
      end
    end

    def check_count(value, name, bound)
      return 0 if value.nil?
      raise TypeError, "#{name} must be an Integer, not #{value.class}" unless value.is_a?(Integer)
      return value if value.between?(1, bound - 1)

      raise ArgumentError, "#{name} must be at least 1 and below #{bound}, got #{value}"
    end

    def check_callbacks(own)
      own.slice(*Callbacks::OF_POOL).compact.each { |name, callable| Callbacks.check(name, callable) }
    end

    def check_propagate(kinds)
      kinds = [*kinds]
      return kinds if kinds.all?(Module)

      raise TypeError, "callbacks_propagate must be made of classes"
    end
  end
  private_constant :PoolOptions
end
