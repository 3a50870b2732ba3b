# frozen_string_literal: true

module Billiard
  class << self
    # Waits until something can be read, has ended or hung up.
    #
    # @param objects [::Array] connections, listeners, processes (that have ended), descriptors, IOs (their
    #   descriptors: what Ruby has read ahead is not seen), anything with a #to_io
    # @param timeout [Numeric, nil] seconds; nil waits for ever, 0 or less not at all
    # @return [::Array] those that are ready, in the order given; none when the time was over
    # @raise [ArgumentError] "invalid file descriptor 99"
    # @raise [TypeError, ClosedError, StateError]
    def wait(objects, timeout = nil)
      numbers = objects.map do |object|
        object.respond_to?(:sentinel) ? object.sentinel : Descriptors.number(object, "objects")
      end
      timeout_ns = Seconds.timeout(timeout)
      ready = Scheduler.blocking { Native.bp_wait_readable(numbers, timeout_ns) }
      ready ? objects.zip(ready).filter_map { |object, is_ready| object if is_ready } : []
    end

    # A ticket for a duplicate of a file, a line of text that may go through a queue or a job to any process
    # of the same user, which claims it, once. The first call starts a thread of the library that serves
    # claims.
    #
    # @param file [IO, Integer, Connection] stays open here
    # @return [String]
    # @raise [ArgumentError, TypeError, OutOfMemoryError, SystemError]
    def share_fd(file)
      Native.bp_fd_share(Descriptors.number(file, "file")).first
    end

    # Claims the file of a ticket.
    #
    # @param ticket [String]
    # @param timeout [Numeric, nil] seconds; nil waits for ever
    # @return [Integer] a descriptor, the caller's
    # @raise [NotFoundError] claimed already, or its process has gone
    # @raise [AuthenticationError] the ticket is forged
    # @raise [TimeoutError, ArgumentError, TypeError]
    def claim_fd(ticket, timeout: nil)
      bytes = Codec.raw(ticket, "ticket")
      timeout_ns = Seconds.timeout(timeout)
      number = Scheduler.in_one_piece { Native.bp_fd_claim(bytes, timeout_ns) }
      number || raise(Error.make(TimeoutError, "the ticket's process did not answer within #{timeout} s"))
    end

    # Ends the thread that serves claims, and closes what was not claimed; happens at exit too.
    #
    # @param timeout [Numeric, nil] seconds
    # @return [Boolean] false: it serves a claim still, and ends after that
    def stop_sharing_fds(timeout: nil)
      Native.bp_fd_sharing_stop(Seconds.timeout(timeout))
    end
  end
end
