# frozen_string_literal: true

module Billiard
  # Counts of a pool since it was made; `queued`, `running` and `ready` are those of now. Of `restarts`,
  # `restarts_lost` came after a crash or a kill, `restarts_recycled` after max_tasks_per_child or the memory
  # limit, `restarts_boot` after an end before the worker was ready, `restarts_asked` after Pool#restart and
  # its like.
  Stats = Struct.new(:submitted, :queued, :running, :succeeded, :failed, :lost, :terminated,
                     :restarts, :workers, :ready, :template_pid, :timed_out, :over_memory, :expired,
                     :restarts_lost, :restarts_recycled, :restarts_boot, :restarts_asked,
                     keyword_init: true)

  # What one worker is doing.
  #
  # index      stable place in the pool, from 0
  # pid        nil while the place is empty
  # state      :empty, :starting, :idle, :busy or :leaving
  # group      name of its group
  # job_id     the job that it has begun, or nil
  # busy_since monotonic seconds at which that job was begun, or nil
  # jobs_done  by this process
  # starts     processes started at this place so far
  # memory_kib anonymous memory of the process now, or nil
  WorkerInfo = Struct.new(:index, :pid, :state, :group, :job_id, :busy_since, :jobs_done, :starts,
                          :memory_kib, keyword_init: true) do
    # @return [Boolean] whether it has begun a job
    def busy?
      state == :busy
    end
  end

  # One look at a pool; the block gives the name of a group by its index.
  # @api private
  class Snapshot
    STATES = { Native::BP_WORKER_EMPTY => :empty, Native::BP_WORKER_STARTING => :starting,
               Native::BP_WORKER_IDLE => :idle, Native::BP_WORKER_BUSY => :busy,
               Native::BP_WORKER_LEAVING => :leaving }.freeze

    def initialize(native_snapshot, &group_name)
      @handle = native_snapshot
      @group_name = group_name
    end

    def stats
      Stats.new(**Native.bpi_snapshot_stats(@handle))
    end

    def workers
      ::Array.new(Native.bpi_snapshot_worker_count(@handle)) do |index|
        worker(Native.bpi_snapshot_worker(@handle, index))
      end
    end

    private

    def worker(record)
      since_ns = record.delete(:since_ns)
      WorkerInfo.new(**record, state: STATES.fetch(record[:state]),
                               group: @group_name.call(record[:group]),
                               busy_since: since_ns.zero? ? nil : since_ns / 1e9)
    end
  end
  private_constant :Snapshot
end
