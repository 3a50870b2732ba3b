# frozen_string_literal: true

module Billiard
  # The library's logger: one per process, silent until it is told where to write. Forked workers go on with
  # the host's settings, and workers that are commands are given them.
  #
  #   Billiard.log_to_stderr(:info)
  #   Billiard::Log.warning("the disk is almost full") # [WARNING/MainProcess] the disk is almost full
  #
  # Levels are the names of LEVELS, or Integers between them.
  module Log
    LEVELS = { notset: Native::BP_LOG_NOTSET, subdebug: Native::BP_LOG_SUBDEBUG, debug: Native::BP_LOG_DEBUG,
               info: Native::BP_LOG_INFO, subwarning: Native::BP_LOG_SUBWARNING,
               warning: Native::BP_LOG_WARNING, error: Native::BP_LOG_ERROR }.freeze

    class << self
      # Writes lines to the standard error of the process; another sink ends.
      #
      # @param level [Symbol, Integer, nil] the least that is written; nil: as it is
      # @return [self]
      # @raise [ArgumentError, TypeError] no level
      def to_stderr(level = nil)
        Native.bp_log_to_stderr(number(level))
        self
      end

      # Appends lines to a file, which is made if need be.
      #
      # @param path [String, #to_path]
      # @return [self]
      # @raise [SystemError] the file can not be opened; nothing has changed
      def to_file(path, level = nil)
        Native.bp_log_to_file(path.respond_to?(:to_path) ? path.to_path : path, number(level))
        self
      end

      # Writes lines to a copy of the descriptor of an IO.
      #
      # @return [self]
      # @raise [SystemError]
      def to_io(io, level = nil)
        Native.bp_log_to_fd(io.fileno, number(level))
        self
      end

      # Ends logging, in this process.
      #
      # @return [nil]
      def stop
        Native.bp_log_stop
      end

      # @return [Integer] as it was set; 0 at first, which is that of warnings
      def level
        Native.bp_log_get_level
      end

      # Sets the least level that is written, in this process.
      def level=(level)
        Native.bp_log_set_level(number(level))
      end

      # @return [Boolean] whether a line of this level would be written
      def enabled?(level)
        Native.bp_log_enabled(number(level)) == 1
      end

      # Writes a line, if its level is enabled.
      #
      # @return [nil]
      def write(level, message)
        Native.bp_log_write(number(level), message.to_s.delete("\0"))
      end

      %i[debug info warning error].each do |level|
        define_method(level) { |message| write(level, message) }
      end

      # Sets what a line looks like: %(levelname)s, %(processName)s, %(process)d, %(name)s, %(asctime)s and
      # %(message)s stand for what they say.
      #
      # @param format [String, :json] :json: an object a line
      def format=(format)
        Native.bp_log_set_format(format == :json ? Native::BP_LOG_FORMAT_JSON : format)
      end

      # Sets what %(name)s stands for.
      def name=(name)
        Native.bp_log_set_name(name)
      end

      # @return [String] what this process is called: "MainProcess", or "ForkPoolWorker-1" in a worker
      def process_name
        Native.bp_log_process_name
      end

      def process_name=(name)
        Native.bp_log_set_process_name(name)
      end

      # For what must be seen: a line of the logger, or a warning when that is silent.
      # @api private
      def report(message)
        enabled?(:error) ? error(message) : warn(message)
      end

      private

      def number(level)
        return LEVELS.fetch(level) if level.is_a?(Symbol) && LEVELS.key?(level)
        return 0 if level.nil?
        raise ArgumentError, "no level is named #{level.inspect}" if level.is_a?(Symbol)
        raise TypeError, "a level must be a Symbol or an Integer, not #{level.class}" unless level.is_a?(Integer)
        return level if level.between?(0, 1000)

        raise ArgumentError, "a level must be within 0...1000, got #{level}"
      end
    end
  end

  class << self
    # @return [Log] the logger
    # @raise see Log.to_stderr
    def log_to_stderr(level = nil)
      Log.to_stderr(level)
    end

    # @return [Log] the logger
    def logger
      Log
    end
  end
end
