# frozen_string_literal: true

module Billiard
  # Checks the options of one job, which are those of each job of a map too, and hands them to the
  # library.
  # @api private
  class JobOptions
    MOST_RETRIES = (2**31) - 1

    class << self
      # Those of a job for which nothing was said.
      def default
        Scheduler.active? ? (@notifying ||= new(notify: true)) : (@quiet ||= new(notify: false))
      end
    end

    # @param group [String, nil] name of the group to run it; nil: the first that knows the task
    # @param raw [Boolean] send the one argument, a String, as bytes without encoding
    # @param notify [Boolean] announce the end
    # @param submit_timeout [Numeric, nil] seconds to wait for a place
    # @param time_limit [Numeric, false, nil] hard limit in seconds; nil: the pool's; false: none
    # @param soft_time_limit [Numeric, false, nil] the same
    # @param expires [Numeric, nil] seconds in which it must have begun
    # @param retries [Integer] how often it is run again when its worker dies
    # @param priority [Integer] 3 (first) to -3 (last)
    # @param wait_for_slot [Boolean, nil] nil: as the pool says
    # @param correlation_id [Object, nil] kept by the result
    # @param callbacks [Hash] callback, error_callback, accept_callback, timeout_callback
    def initialize(group: nil, raw: false, notify: Scheduler.active?, submit_timeout: nil,
                   time_limit: nil, soft_time_limit: nil, expires: nil, retries: 0,
                   priority: 0, wait_for_slot: nil, correlation_id: nil, **callbacks)
      @raw = raw
      @submit_timeout = submit_timeout
      @submit_timeout_ns = check_submit_timeout(submit_timeout)
      @correlation_id = correlation_id
      @callbacks = JobCallbacks.of(callbacks)
      @notify = notify || !@callbacks.nil?
      @group = group&.to_s
      @limits = [Seconds.job_limit(time_limit, "time_limit"),
                 Seconds.job_limit(soft_time_limit, "soft_time_limit"),
                 expires.nil? ? 0 : Seconds.limit(expires, "expires"), check_retries(retries),
                 check_priority(priority), check_slot(wait_for_slot),
                 @callbacks&.accept_callback ? 1 : 0]
    end

    attr_reader :raw, :notify, :group, :correlation_id, :callbacks, :submit_timeout,
                :submit_timeout_ns

    # @return [Boolean] whether there is nothing that only #native can say
    def plain?
      @limits.all?(&:zero?)
    end

    # @return [Integer] how a payload of these options is to be read
    def format
      @raw ? Codec::RAW : Codec::MSGPACK
    end

    # @return [String] the bytes that call a task with these arguments
    def encode(arguments, name = "argument")
      return Codec.encode_arguments(arguments, name) unless @raw
      if arguments.size != 1
        raise ArgumentError, "a raw call has one argument, not #{arguments.size}"
      end

      Codec.raw(arguments.first, "#{name} 1")
    end

    # @return [Object] the handle of the library's options
    def native
      options = Native.bpi_job_options_new
      time_limit, soft_time_limit, expiry, retries, priority, slot, accepted = @limits
      Native.bpi_job_options_set_format(options, format)
      Native.bpi_job_options_set_group(options, @group)
      Native.bpi_job_options_set_notify(options, @notify ? 1 : 0)
      Native.bpi_job_options_set_time_limit(options, time_limit)
      Native.bpi_job_options_set_soft_time_limit(options, soft_time_limit)
      Native.bpi_job_options_set_expiry(options, expiry)
      Native.bpi_job_options_set_max_retries(options, retries)
      Native.bpi_job_options_set_priority(options, priority)
      Native.bpi_job_options_set_wait_for_slot(options, slot)
      Native.bpi_job_options_set_notify_accepted(options, accepted)
      options
    end

    private

    # 0 would be the library's default, which is to wait.
    def check_submit_timeout(submit_timeout)
      return Seconds::FOREVER if submit_timeout.nil?

      [1, Seconds.timeout(submit_timeout, "submit_timeout")].max
    end

    def check_priority(priority)
      raise TypeError, "priority must be an Integer, not #{priority.class}" unless priority.is_a?(Integer)
      return priority if priority.between?(-3, 3)

      raise ArgumentError, "priority must be from -3 to 3, got #{priority}"
    end

    def check_slot(wait_for_slot)
      return 0 if wait_for_slot.nil?

      wait_for_slot ? 1 : -1
    end

    def check_retries(retries)
      raise TypeError, "retries must be an Integer, not #{retries.class}" unless retries.is_a?(Integer)
      return retries if retries.between?(0, MOST_RETRIES)

      raise ArgumentError, "retries must be at least 0, got #{retries}"
    end
  end
  private_constant :JobOptions
end
