# frozen_string_literal: true

module Billiard
  # A function that runs once: when it is called, when its owner is collected, or at the end of this process.
  #
  #   finalizer = Billiard::Finalizer.new(exit_priority: 10) { File.unlink(path) }
  #   finalizer.call # runs it now; else it runs at the end
  #
  # At the end of a process - its exit, or the end of what a Billiard::Process runs - the steps are: finalizers
  # of priority 0 and more; daemonic children are asked to end; all children are waited for; the other
  # finalizers. The highest priority runs first, of equals the newest. A forked child has none of its
  # parent's. A process that is killed, or leaves by exit!, runs nothing.
  class Finalizer
    @all = []

    class << self
      # @api private
      def add(finalizer)
        ExitFunctions.expect
        @all << finalizer
      end

      # @api private
      def forget_all
        @all = []
      end

      # Runs those of a priority of at least `lowest`; nil: all that have one. What one raises is reported.
      # @api private
      def run_all(lowest)
        while (finalizer = next_of(lowest))
          begin
            finalizer.call
          rescue StandardError => e
            warn "billiard: a finalizer failed: #{e.full_message(highlight: false)}"
          end
        end
      end

      # @api private
      def remove(finalizer)
        @all.delete(finalizer)
      end

      private

      # The newest of the highest priority; one that a finalizer registers is seen too.
      def next_of(lowest)
        found = @all.select { |one| one.active? && (lowest.nil? || one.exit_priority >= lowest) }
        found.each_with_index.max_by { |one, index| [one.exit_priority, index] }&.first
      end
    end

    # @return [Integer, nil]
    attr_reader :exit_priority

    # @param owner [Object, nil] the function runs when it is collected: the block must not refer to it
    # @param exit_priority [Integer, nil] runs at the end of the process, in this order; nil: not then
    # @raise [ArgumentError] neither an owner nor a priority
    # @raise [TypeError] the priority is no Integer
    def initialize(owner = nil, exit_priority: nil, &function)
      raise ArgumentError, "a block is missing: what to run" if function.nil?
      raise ArgumentError, "without owner, exit_priority must be given" if owner.nil? && exit_priority.nil?
      unless exit_priority.nil? || exit_priority.is_a?(Integer)
        raise TypeError, "exit_priority must be an Integer, not #{exit_priority.class}"
      end

      @function = function
      @exit_priority = exit_priority
      @pid = ::Process.pid
      ObjectSpace.define_finalizer(owner, self.class.for_owner(self)) unless owner.nil?
      exit_priority.nil? ? ExitFunctions.expect : Finalizer.add(self)
    end

    # What runs when the owner is collected; at the end of the process Ruby collects everything, which is
    # not meant.
    # @api private
    def self.for_owner(finalizer)
      ->(_id) { finalizer.call unless ExitFunctions.begun? }
    end

    # Runs it now, unless it has run or was cancelled.
    #
    # @return [Object, nil] what the function returns
    def call
      function = take
      function&.call
    end

    # It will not run.
    #
    # @return [nil]
    def cancel
      take
      nil
    end

    # @return [Boolean] whether it may still run, in this process
    def active?
      !@function.nil? && @pid == ::Process.pid
    end

    private

    def take
      function = @function if active?
      @function = nil
      Finalizer.remove(self) unless @exit_priority.nil?
      function
    end
  end

  # The steps at the end of a process. They are Ruby's own, as the interpreter is gone when the library's come,
  # which then find nothing left to do.
  # @api private
  module ExitFunctions
    GRACE = 5 # seconds that daemonic children have to end

    class << self
      # Has them run at the end of this program; a forked child inherits that.
      def expect
        return if @expected

        @expected = true
        at_exit { run }
      end

      # @return [Boolean] whether the end of this process has begun
      def begun?
        @begun_in == ::Process.pid
      end

      def run
        @begun_in = ::Process.pid
        Finalizer.run_all(0)
        end_children
        Finalizer.run_all(nil)
      end

      private

      def end_children
        daemons, others = Billiard.active_children.partition(&:daemon?)
        daemons.each(&:terminate)
        others.each(&:join)
        deadline = Seconds.deadline(Seconds.timeout(GRACE))
        daemons.each do |child|
          next if child.join(Seconds.left(deadline).fdiv(Seconds::PER_SECOND))

          child.kill
          child.join
        end
      end
    end
  end
  private_constant :ExitFunctions
end
