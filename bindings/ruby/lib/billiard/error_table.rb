# frozen_string_literal: true

module Billiard
  class Queue
    # No message in time. A kind of its own: neither a TimeoutError nor a ProcessError.
    class Empty < StandardError
      include Error
    end

    # No free place in time. A kind of its own, like Empty.
    class Full < StandardError
      include Error

      # @return [Integer, nil] how many messages of a batch are in, and stay
      attr_accessor :done
    end
  end

  # No free place for a job in time.
  class PoolFull < ProcessError; end

  module Error
    # Status => class, one for each failure of the library.
    CLASSES = {
      Native::BP_TIMEOUT => TimeoutError,
      Native::BP_INVALID => InvalidError,
      Native::BP_CLOSED => ClosedError,
      Native::BP_STATE => StateError,
      Native::BP_FORKED => ForkedError,
      Native::BP_INTERRUPTED => InterruptedError,
      Native::BP_NOMEM => OutOfMemoryError,
      Native::BP_OS => SystemError,
      Native::BP_EMPTY => Queue::Empty,
      Native::BP_FULL => Queue::Full,
      Native::BP_TOO_LARGE => TooLargeError,
      Native::BP_UNKNOWN_TASK => UnknownTask,
      Native::BP_TASK_FAILED => TaskError,
      Native::BP_WORKER_LOST => WorkerLostError,
      Native::BP_TERMINATED => Terminated,
      Native::BP_POOL_FAILED => PoolFailed,
      Native::BP_FORK_UNSAFE => ForkUnsafeError,
      Native::BP_NOT_FOUND => NotFoundError,
      Native::BP_EXISTS => ExistsError,
      Native::BP_CORRUPT => CorruptError,
      Native::BP_START_FAILED => StartFailedError,
      Native::BP_INTERNAL => InternalError,
      Native::BP_BROKEN => BrokenBarrierError,
      Native::BP_TIME_LIMIT => TimeLimitExceeded,
      Native::BP_MEMORY_LIMIT => MemoryLimitExceeded,
      Native::BP_EXPIRED => ExpiredError,
      Native::BP_RESTART_LIMIT => RestartFreqExceeded,
      Native::BP_REJECTED => RejectedError,
      Native::BP_AUTHENTICATION => AuthenticationError,
      Native::BP_TOO_SHORT => BufferTooShort,
      Native::BP_END_OF_STREAM => EndOfStreamError,
      Native::BP_AGAIN => WouldBlockError
    }.freeze
    private_constant :CLASSES

    class << self
      # Called by the native layer for each failure.
      # @api private
      def from_native(status, message, errno = 0, class_name = "", backtrace = "", job_id = nil,
                      pid = nil, exit_status = nil, out_of_memory = false)
        message = Native.bp_status_text(status) if message.empty?
        details = { message: message.scrub, errno: errno.zero? ? nil : errno,
                    class_name: class_name.scrub, backtrace: backtrace.scrub, job_id: job_id,
                    pid: pid, exit_status: exit_status, out_of_memory: out_of_memory }
        class_of(status, class_name).new(details[:message]).take_details(status, details)
      end

      # An error that this layer finds by itself.
      # @api private
      def make(error_class, message)
        error_class.new(message).take_details(status_of(error_class), {})
      end

      private

      def class_of(status, class_name)
        soft = status == Native::BP_TASK_FAILED && SoftTimeLimitExceeded.named?(class_name)
        soft ? SoftTimeLimitExceeded : CLASSES.fetch(status, InternalError)
      end

      def status_of(error_class)
        _class, status = error_class.ancestors.lazy.filter_map do |ancestor|
          pair = CLASSES.rassoc(ancestor)
          pair&.reverse
        end.first
        status
      end
    end
  end
end
