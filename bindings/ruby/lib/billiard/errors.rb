# frozen_string_literal: true

module Billiard
  # All errors of Billiard: `rescue Billiard::Error` takes each of them.
  module Error
    # @return [Integer] the number of the status (Billiard::Native::BP_TIMEOUT ...)
    attr_reader :status

    # @return [String] its name, "TIMEOUT", the same in every language
    def status_name
      Native.bp_status_name(status).delete_prefix("BP_")
    end

    # @return [Integer, nil] id of the job concerned
    attr_reader :job_id

    # @return [Integer, nil] process id of the worker concerned
    attr_reader :pid

    # @api private
    def take_details(status, details)
      @status = status
      @job_id = details[:job_id]
      @pid = details[:pid]
      self
    end
  end

  # Errors of processes, pools and queues that are not mistakes in a call.
  class ProcessError < StandardError
    include Error
  end

  # A wait ended by its timeout. The thing waited for goes on.
  class TimeoutError < ProcessError; end

  # A wrong argument. Wrong types are TypeError, as everywhere in Ruby.
  class InvalidError < ArgumentError
    include Error
  end

  # A value that MessagePack can not express.
  class EncodingError < InvalidError; end

  # An index, or a range of bytes, outside of an array or a block of memory.
  class OutOfRangeError < ::IndexError
    include Error

    # @api private
    def self.of(what, room)
      new("#{what}: out of range for #{room}").take_details(Native::BP_INVALID, {})
    end
  end

  # Bytes that are not what their format says.
  class DecodingError < ProcessError; end

  # The queue was closed, or the handle was released.
  class ClosedError < ProcessError; end

  # Not possible in the state of the object: submitting to a closed pool, joining an open one.
  class StateError < ProcessError; end

  # A pool or result of another process, used in a forked child.
  class ForkedError < ProcessError; end

  # No memory, or no shared memory.
  class OutOfMemoryError < ProcessError; end

  # The system refused.
  class SystemError < ProcessError
    # @return [Integer, nil] as in Errno::ENOENT::Errno
    attr_reader :errno

    # @api private
    def take_details(status, details)
      @errno = details[:errno]
      super
    end
  end

  # A message, payload or result above its limit.
  class TooLargeError < ProcessError; end

  # No worker group of the pool knows the task. Tasks must be defined before the pool is made.
  class UnknownTask < ProcessError; end

  # The task raised.
  class TaskError < ProcessError
    # @return [String] class of the error in the worker's language, "ArgumentError"
    attr_reader :class_name

    # @return [String] its message alone; #message has the class before it
    attr_reader :remote_message

    # @return [Array<String>] its backtrace, innermost frame first
    attr_reader :remote_backtrace

    # @api private
    def take_details(status, details)
      @class_name = details[:class_name]
      @remote_message = details[:message]
      @remote_backtrace = (details[:backtrace] || "").lines(chomp: true)
      super
    end

    # @return [String] "ArgumentError: wrong number of arguments"; also what #message gives
    def to_s
      return super if class_name.nil? || class_name.empty?

      "#{class_name}: #{remote_message}"
    end

    # What a log wants to show (UTIL-22).
    # @return [String] as Exception#full_message, followed by where the task raised it
    def full_message(**options)
      return super if remote_backtrace.nil? || remote_backtrace.empty?

      remote = remote_backtrace.map { |frame| "\tfrom #{frame}\n" }.join
      "#{super.chomp}\nIn worker #{pid || "unknown"}:\n#{remote}"
    end
  end

  # The job ran past its soft time limit: raised in the task, which may rescue it and end as it likes.
  # One that does not fails with it.
  class SoftTimeLimitExceeded < TaskError
    # What other languages call it.
    # @api private
    SHARED_NAME = "SoftTimeLimitExceeded"
    private_constant :SHARED_NAME

    # @api private
    def self.named?(class_name)
      class_name == SHARED_NAME
    end

    # @api private
    def self.shared_name
      SHARED_NAME
    end
  end

  # The worker died while it ran the job.
  class WorkerLostError < ProcessError
    # @return [Integer, nil] exit code, minus the signal's number, nil when it is not known
    attr_reader :exit_status

    # @api private
    def take_details(status, details)
      @exit_status = details[:exit_status]
      @out_of_memory = details.fetch(:out_of_memory, false)
      super
    end

    # @return [Boolean] whether the kernel may have killed the worker for want of memory: it got SIGKILL from
    #   nobody the pool knows of, while the kernel killed a process of the same control group
    def out_of_memory?
      @out_of_memory
    end

    # @return [Integer, nil] number of the signal that ended the worker
    def signal
      -exit_status if exit_status&.negative?
    end
  end

  # The job was ended before it finished.
  class Terminated < ProcessError
    # @return [Integer, nil] minus the number of the signal by which a running job was ended
    attr_reader :exit_status

    # @api private
    def take_details(status, details)
      @exit_status = details[:exit_status]
      super
    end

    # @return [Integer, nil] number of that signal
    def signal
      -exit_status if exit_status&.negative?
    end
  end

  # The job ran past its hard time limit; its worker was ended.
  class TimeLimitExceeded < ProcessError; end

  # The job's worker grew past twice its memory limit; it was ended.
  class MemoryLimitExceeded < ProcessError; end

  # The job had not begun when it expired.
  class ExpiredError < ProcessError; end

  # Workers had to be replaced too often (max_restarts); the pool has failed.
  class RestartFreqExceeded < ProcessError; end

  # The job was refused when a worker had accepted it.
  class RejectedError < ProcessError; end

  # The other side of a connection does not have the same key.
  class AuthenticationError < ProcessError; end

  # A buffer is too short for the message that came.
  class BufferTooShort < ProcessError
    # @return [String, nil] the whole message
    attr_accessor :received
  end

  # The other side of a connection has closed it, and everything was read.
  class EndOfStreamError < EOFError
    include Error
  end

  # A non-blocking end of a connection would have to wait.
  class WouldBlockError < ProcessError; end

  # The pool can not go on: its workers can not be started.
  class PoolFailed < ProcessError; end

  # Forking is not safe in this process.
  class ForkUnsafeError < ProcessError; end

  # No such program, module or thing.
  class NotFoundError < SystemError; end

  # The name is taken.
  class ExistsError < ProcessError; end

  # Foreign, damaged, or of another version.
  class CorruptError < ProcessError; end

  # A worker, or the process that starts them, could not be started.
  class StartFailedError < SystemError; end

  # The barrier is broken: a wait timed out, a party died, or somebody broke it.
  class BrokenBarrierError < ProcessError; end

  # A wait ended by its token. Seen only by code that uses Billiard::Native.
  class InterruptedError < ProcessError; end

  # A bug in Billiard.
  class InternalError < ProcessError; end
end
