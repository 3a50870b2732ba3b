# frozen_string_literal: true

module Billiard
  # A process object's child, from its first line of Ruby to its last.
  # @api private
  module ChildProcess
    FAILED = 1

    class << self
      # Blocks to run in forked children.
      def after_fork
        @after_fork ||= []
      end

      # Runs what the process is for, then the exit functions.
      #
      # @return [Integer] its exit request
      def run(&target)
        status = exit_code_of do
          begin_here
          target.call
        end
        at_end = exit_code_of { ExitFunctions.run }
        flush
        status.zero? ? at_end : status
      end

      private

      def begin_here
        $stdin.reopen(File::NULL)
        Finalizer.forget_all
        run_after_fork unless Billiard.start_method == "spawn"
      end

      def run_after_fork
        after_fork.each do |block|
          block.call
        rescue StandardError => e
          Log.info("a function after a fork failed: #{e.message} (#{e.class})")
        end
      end

      # @return [Integer] what the block's end, whichever it is, means
      def exit_code_of
        yield
        0
      rescue SystemExit => e
        e.status
      rescue Interrupt => e
        report(e)
      rescue SignalException => e
        die_by(e.signo)
      rescue Exception => e # rubocop:disable Lint/RescueException
        report(e)
      end

      def report(error)
        name = Native.bp_current_name
        text = error.full_message(highlight: false)
        $stderr.write("Process #{name}:\n#{text.chomp}\n")
        Log.error("Process #{name}: #{text.chomp}")
        FAILED
      end

      # So that the starter sees "killed by signal".
      def die_by(signal)
        flush
        trap(signal, "SYSTEM_DEFAULT")
        ::Process.kill(signal, ::Process.pid)
        sleep
      end

      def flush
        [$stdout, $stderr].each do |io|
          io.flush
        rescue IOError, SystemCallError
          next
        end
      end
    end
  end
  private_constant :ChildProcess
end
