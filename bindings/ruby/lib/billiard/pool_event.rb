# frozen_string_literal: true

module Billiard
  # One event of a pool, as the native layer reads it.
  # @api private
  PoolEvent = Struct.new(:kind, :job_id, :time_ns, :soft_ns, :hard_ns, :pid, :index, :group_index,
                         :exit_status, :count) do
    # Takes what there is, without waiting.
    #
    # @return [Array<PoolEvent>]
    def self.read(pool_handle)
      Native.bp_pool_read_events(pool_handle).map { |fields| new(*fields) }
    end

    # @return [Symbol, nil] the pool's option that it is for
    def pool_callback
      PoolEvent::POOL_CALLBACKS[kind]
    end

    def job_done?
      kind == Native::BP_EVENT_JOB_DONE
    end

    # @return [Boolean] whether a job's own callbacks may be for it
    def of_job?
      !job_id.nil? && pool_callback.nil?
    end

    # @return [Float] monotonic seconds
    def time
      time_ns / 1e9
    end

    # @return [Float, nil] the soft limit in seconds
    def soft
      soft_ns / 1e9 unless soft_ns.zero?
    end

    # @return [Float, nil] the hard limit in seconds
    def hard
      hard_ns / 1e9 unless hard_ns.zero?
    end

    def worker_process(group_names)
      down = kind == Native::BP_EVENT_WORKER_DOWN && exit_status != Native::BP_EXIT_UNKNOWN
      WorkerProcess.new(pid: pid, index: index, group: group_names[group_index],
                        exit_status: down ? exit_status : nil).freeze
    end
  end
  PoolEvent::POOL_CALLBACKS = { Native::BP_EVENT_WORKER_UP => :on_process_up,
                                Native::BP_EVENT_WORKER_DOWN => :on_process_down,
                                Native::BP_EVENT_TIMEOUT_SET => :on_timeout_set,
                                Native::BP_EVENT_TIMEOUT_CANCEL => :on_timeout_cancel }.freeze
  private_constant :PoolEvent
end
