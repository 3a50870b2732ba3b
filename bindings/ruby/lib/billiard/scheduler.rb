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

      private

      def offload(&call)
        thread = Thread.new(&call)
        thread.report_on_exception = false
        thread.value
      ensure
        thread&.kill
      end
    end
  end
  private_constant :Scheduler
end
