# frozen_string_literal: true

module Billiard
  # Seconds as the binding's users give them, and nanoseconds as the library wants them.
  # @api private
  module Seconds
    PER_SECOND = 1_000_000_000
    FOREVER = Native::BP_FOREVER
    LONGEST = (2**63) - 1

    class << self
      # A timeout: nil waits for ever, a negative one not at all.
      def timeout(seconds, name = "timeout")
        seconds.nil? ? FOREVER : [0, nanoseconds(seconds, name)].max
      end

      # A limit in the pool's options: nil is the default (0), false means no limit (-1).
      def limit(seconds, name)
        return 0 if seconds.nil?
        return -1 if seconds == false

        nanoseconds(seconds, name).tap do |limit|
          raise ArgumentError, "#{name} must be positive, got #{seconds.inspect}" if limit <= 0
        end
      end

      # A limit that one job has of its own: nil and 0 are the pool's (0), false and negative numbers
      # mean no limit (-1) (POOL-43).
      def job_limit(seconds, name)
        return 0 if seconds.nil?
        return -1 if seconds == false

        given = nanoseconds(seconds, name)
        given.negative? ? -1 : given
      end

      # A limit of all jobs of a pool: nil, false and 0 mean none (POOL-4).
      def pool_limit(seconds, name)
        return 0 if !seconds || seconds == 0 # rubocop:disable Style/NumericPredicate

        limit(seconds, name)
      end

      # The monotonic moment at which a timeout in nanoseconds ends; nil for never.
      def deadline(timeout_ns)
        timeout_ns.negative? ? nil : now + timeout_ns
      end

      # What is left until a deadline, for the next wait.
      def left(deadline)
        deadline.nil? ? FOREVER : [0, deadline - now].max
      end

      def now
        ::Process.clock_gettime(::Process::CLOCK_MONOTONIC, :nanosecond)
      end

      private

      def nanoseconds(seconds, name)
        unless seconds.is_a?(Numeric) && seconds.real?
          raise TypeError, "#{name} must be a number of seconds, not #{seconds.class}"
        end
        raise ArgumentError, "#{name} is not a number" if seconds.is_a?(Float) && seconds.nan?
        return LONGEST if seconds >= LONGEST / PER_SECOND

        (seconds * PER_SECOND).round
      rescue FloatDomainError # -Infinity
        0
      end
    end
  end
  private_constant :Seconds
end
