# frozen_string_literal: true

module Billiard
  # The outcome of all jobs of one map: an Array of values in the order of the items, or the failure of
  # the first job that failed.
  class MapResult < Outcome
    # @api private
    def initialize(handle, pool, options)
      super(handle, Native.bp_map_result_id(handle), pool, options)
      @count = Native.bp_map_result_count(handle)
    end

    # @return [Integer] number of items
    attr_reader :count

    # @return [Boolean] whether workers have begun all its jobs
    def accepted?
      unless_settled { Native.bp_map_result_accepted(@handle) == 1 }
    end

    # @return [Array<Integer>] process ids of the workers that have begun its jobs, each once
    def pids
      settled? ? @pids : read_pids
    end

    # @return [nil] a map has no worker of its own, see #pids
    # @api private
    def pid
      nil
    end

    private

    def handle_ready?
      Native.bp_map_result_ready(@handle) == 1
    end

    def wait_for_handle(timeout_ns)
      Native.bp_map_result_wait(@handle, timeout_ns)
    end

    def take_pids
      @pids = read_pids
    end

    def read_pids
      pids = []
      until (pid = Native.bpi_map_result_pid(@handle, pids.size)).zero?
        pids << pid
      end
      pids
    end

    def read_handle
      return unless Native.bp_map_result_get(@handle, 0)

      ::Array.new(@count) { |index| Native.bp_map_result_item(@handle, index) }
    end

    def decode(messages)
      messages.map { |message| Codec.decode(*message) }
    end
  end
end
