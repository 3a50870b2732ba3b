# frozen_string_literal: true

# Process pools, processes, connections, queues, locks and shared values, in any of Billiard's languages.
#
#   Billiard.task(:square) { |n| n * n }
#
#   Billiard::Pool.open(workers: 2) do |pool|
#     pool.apply(:square, 7)                       # => 49
#     pool.apply_async(:square, 8).value(timeout: 1) # => 64
#   end
#
# Times are seconds (Integer, Float or Rational) everywhere; nil waits for ever. Every wait gives
# the global lock away and ends at once on Timeout, Thread#raise, Thread#kill and signals; under a
# fiber scheduler only the calling fiber waits.
module Billiard
end

require "billiard/version"
require "billiard/errors"
require "billiard/native"
require "billiard/error_table"
require "billiard/log"
require "billiard/seconds"
require "billiard/codec"
require "billiard/tasks"
require "billiard/snapshot"
require "billiard/scheduler"
require "billiard/forking"
require "billiard/signals"
require "billiard/pool_event"
require "billiard/callbacks"
require "billiard/completions"
require "billiard/job_options"
require "billiard/outcome"
require "billiard/result"
require "billiard/worker_hooks"
require "billiard/soft_limit"
require "billiard/worker"
require "billiard/group_options"
require "billiard/pool_options"
require "billiard/pool_control"
require "billiard/map_result"
require "billiard/items"
require "billiard/imap_iterator"
require "billiard/pool_maps"
require "billiard/pool"
require "billiard/pool_watch"
require "billiard/queue"
require "billiard/queue_in_place"
require "billiard/joinable_queue"
require "billiard/simple_queue"
require "billiard/connection"
require "billiard/codec_connection"
require "billiard/connection_passing"
require "billiard/listener"
require "billiard/wait"
require "billiard/segment"
require "billiard/shared_object"
require "billiard/owner"
require "billiard/lockable"
require "billiard/lock"
require "billiard/rlock"
require "billiard/semaphore"
require "billiard/condition"
require "billiard/event"
require "billiard/barrier"
require "billiard/memory"
require "billiard/element_type"
require "billiard/typed"
require "billiard/value"
require "billiard/array"
require "billiard/context"
require "billiard/arguments"
require "billiard/finalizer"
require "billiard/child_process"
require "billiard/process"

module Billiard
  class << self
    # Version of the library that is running, which may be newer than VERSION.
    #
    # @return [String] "major.minor.patch"
    def library_version
      Native.bp_version
    end

    # For tasks: whether the job has gone past its soft time limit. It stays so until the job's end, also
    # when the SoftTimeLimitExceeded was rescued by code that did not know what it was.
    #
    # @return [Boolean] false outside of a task
    def soft_limit_reached?
      SoftLimit.of_process&.reached? ? true : false
    end

    # CPUs that this process may use (affinity and cgroup quota), the default number of workers.
    #
    # @return [Integer] at least 1
    def cpus_available
      Native.bp_cpus_available
    end
  end
end
