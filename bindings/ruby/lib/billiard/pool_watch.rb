# frozen_string_literal: true

module Billiard
  # A look at a pool of another process of the same user (root may look at everybody's), for tools that
  # watch. The pool's program takes no part in it: it may be in any language, busy, stopped or stuck.
  #
  #   Billiard::PoolWatch.open(pid) { |watch| puts watch.stats.running }
  class PoolWatch
    # As new; with a block the watch is released behind it.
    #
    # @yieldparam watch [PoolWatch]
    # @return [Object, PoolWatch] what the block returns; without a block the watch
    def self.open(pid, index: 0)
      watch = new(pid, index: index)
      return watch unless block_given?

      begin
        yield watch
      ensure
        watch.release
      end
    end

    # @return [Integer] process id of the pool's program
    attr_reader :pid

    # @param pid [Integer] process id of the program that made the pool
    # @param index [Integer] which of its pools, from 0 in the order in which it made those that it has now
    # @raise [NotFoundError] no such process, or it has no such pool
    # @raise [SystemError] another user's process
    # @raise [ArgumentError, TypeError, OutOfMemoryError]
    def initialize(pid, index: 0)
      @pid = check(:pid, pid, 1)
      @handle = Native.bp_pool_watch_open(pid, check(:index, index, 0))
    end

    # @return [Stats] one snapshot, as Pool#stats gives it to the pool's own program
    # @raise [ClosedError] that program has ended, or the watch was released
    def stats
      look.stats
    end

    # @return [Array<WorkerInfo>] what each worker is doing now, as Pool#workers tells it
    # @raise [ClosedError] as #stats
    def workers
      look.workers
    end

    # Ends the look; the pool does not notice. May be repeated.
    #
    # @return [nil]
    def release
      Native.release(@handle)
      nil
    end

    # @return [String]
    def inspect
      "#<#{self.class} pid=#{pid}>"
    end
    alias to_s inspect

    private

    def look
      snapshot = Native.bpi_snapshot_watch(@handle)
      Snapshot.new(snapshot) { |index| Native.bpi_snapshot_group(snapshot, index) }
    end

    def check(name, number, least)
      raise TypeError, "#{name} must be an Integer, not #{number.class}" unless number.is_a?(Integer)
      return number if number.between?(least, (2**31) - 1)

      raise ArgumentError, "#{name} must be at least #{least}, got #{number}"
    end
  end
end
