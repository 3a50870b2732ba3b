# frozen_string_literal: true

module Billiard
  # Waiting as the current fiber must.
  # @api private
  module Scheduler
    class << self
      # Whether a wait here must leave the thread to other fibers.
      def active?
        !Fiber.current_scheduler.nil?
      end

      # Runs a blocking call: in this thread, or, under a fiber scheduler, in one made for it, so
      # that only the calling fiber waits. Used where there is no file descriptor to wait for.
      def blocking(&call)
        active? ? offload(&call) : call.call
      end

      # Runs a blocking call that must go on in one piece, a conversation with another process: never in
      # the main thread, whose waits are in slices.
      def in_one_piece(&call)
        active? || Thread.current == Thread.main ? offload(&call) : call.call
      end

      # Runs the block as if there were no scheduler. For forks: none may come to run another fiber in the
      # middle of it, and a worker forked from a fiber has but a copy of a loop that runs in the host.
      def without(&block)
        active? ? Fiber.new(blocking: true, &block).resume : block.call
      end

      # Waits once for something that must then be tried again: yields the nanoseconds that are left.
      #
      # @return [Boolean] false when the time is over
      def wait_until(deadline)
        left = Seconds.left(deadline)
        !left.zero? && blocking { yield left }
      end

      private

      # When the fiber is torn away the thread's wait has ended before anything else happens to what
      # it waits for.
      def offload(&call)
        thread = Thread.new(&call)
        thread.report_on_exception = false
        thread.value
      ensure
        if thread&.alive?
          thread.kill
          Thread.pass while thread.alive?
        end
      end
    end
  end
  private_constant :Scheduler
end
