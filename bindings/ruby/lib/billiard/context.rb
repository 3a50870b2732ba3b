# frozen_string_literal: true

module Billiard
  # How processes are started.
  #
  # fork::       the child is a copy of this process.
  # spawn::      the child runs this program anew, up to Billiard.freeze_support, and then an entry.
  # forkserver:: the child is a fork of a server, which was started so once for the whole tree of processes.
  #
  #   Billiard.context("spawn").process(entry: :resize, args: ["a.png"]).start
  class Context
    # @return [String, nil] nil: the default context, whose method may be set
    attr_reader :fixed_method

    # @api private
    def initialize(fixed_method)
      @fixed_method = fixed_method
      freeze
    end

    # @param allow_none [Boolean] do not fix the default by asking: nil when it was not set
    # @return [String, nil]
    def start_method(allow_none: false)
      fixed_method || Native.bpi_current_start_method(allow_none ? 1 : 0)
    end

    # See Billiard.set_start_method.
    #
    # @raise [ArgumentError] this context has its own
    def set_start_method(method, force: false)
      raise Error.make(InvalidError, "cannot set start method of concrete context") if fixed_method

      Native.bpi_set_start_method(method&.to_s, force ? 1 : 0)
      self
    end

    # A process of this context; see Process#initialize.
    #
    # @return [Process]
    def process(**options, &block)
      Process.new(**options, context: self, &block)
    end

    # @return [String]
    def inspect
      "#<#{self.class} #{fixed_method || 'default'}>"
    end
    alias to_s inspect

    DEFAULT = new(nil)
    private_constant :DEFAULT

    # @api private
    def self.named(method)
      return DEFAULT if method.nil?
      return method if method.is_a?(Context)

      Native.bpi_check_start_method(method.to_s)
      new(method.to_s)
    end
  end

  class << self
    # @param method [String, Symbol, nil] "fork", "spawn", "forkserver"; nil: the default context
    # @return [Context]
    # @raise [ArgumentError] "cannot find context for ..."
    def context(method = nil)
      Context.named(method)
    end

    # @param allow_none [Boolean] do not fix the default by asking: nil when it was not set
    # @return [String, nil] the default start method
    def start_method(allow_none: false)
      context.start_method(allow_none: allow_none)
    end

    # Fixes the default start method, once.
    #
    # @param method [String, Symbol, nil] nil: the system's; with `force`: not set
    # @param force [Boolean] although it was fixed
    # @return [nil]
    # @raise [StateError] "context has already been set"
    # @raise [ArgumentError] no such method
    def set_start_method(method, force: false)
      context.set_start_method(method, force: force)
      nil
    end

    # @return [Boolean] whether processes are forked by default; fixes the default start method
    def forking_enabled?
      start_method == "fork"
    end

    # @param enabled [Boolean] fork by default, or spawn, whatever was set before
    def forking_enabled=(enabled)
      set_start_method(enabled ? "fork" : "spawn", force: true)
    end

    # @return [::Array<String>] the default first
    def start_methods
      (0..).lazy.map { |index| Native.bpi_start_method(index) }.take_while(&:itself).to_a
    end

    # Says what to run for children that are started anew, from now on; without it, this script, by the
    # running Ruby and with its load path.
    #
    # @param words [::Array<String>] a program, and the arguments that bring it to Billiard.freeze_support;
    #   none: as without
    # @return [nil]
    # @raise [ArgumentError, TypeError]
    def set_executable(*words)
      Program.choose(words)
    end

    # Shared objects that the fork server loads before it forks. (Ruby libraries that the script requires
    # before Billiard.freeze_support are there in any case.) Effective until the server is started.
    #
    # @param paths [::Array<String>]
    # @return [nil]
    # @raise [TypeError] "module_names must be a list of strings"
    def set_forkserver_preload(paths)
      unless paths.is_a?(::Array) && paths.all?(String)
        raise TypeError, "module_names must be a list of strings"
      end

      Native.bpi_set_forkserver_preload(Program.names(paths))
      nil
    end

    # Defines what a process that is started anew can run, by its name; a fork can too. To be called before
    # Billiard.freeze_support, in the same way in the program that starts and in the one that is started.
    #
    # @param name [String, Symbol]
    # @yield the process's arguments
    # @return [nil]
    # @raise [ExistsError] the name is taken
    def entry(name, &block)
      raise ArgumentError, "a block is missing: what #{name} does" if block.nil?

      Native.register_entry(name.to_s, ->(data) { ChildProcess.run { block.call(*Arguments.decode(data)) } })
      nil
    end

    # In a program that was started as a child it runs the child, and never returns; else it does nothing.
    # To be called when all entries are defined, before the program's own work begins.
    #
    # @return [nil]
    def freeze_support(words = ARGV)
      Native.bpi_freeze_support(Program.names([$PROGRAM_NAME, *words]))
      nil
    end

    # Has every child that is a fork, of this process or of the fork server, run the block before anything
    # else, in the order of the calls. A failure is logged, and ignored.
    #
    # @return [nil]
    def after_fork(&block)
      raise ArgumentError, "a block is missing" if block.nil?

      ChildProcess.after_fork << block
      nil
    end
  end

  # What is run for a child that is started anew.
  # @api private
  module Program
    # As it was when the library was loaded; nil: there is no file, as for "ruby -e".
    SCRIPT = File.file?($PROGRAM_NAME) ? File.expand_path($PROGRAM_NAME) : nil

    class << self
      def choose(words)
        Native.bpi_set_executable_command(names(words))
        @chosen = !words.empty?
        nil
      end

      # Before each start: the load path may have changed.
      def prepare
        return if @chosen
        if SCRIPT.nil?
          raise Error.make(StateError, "this program is no file that could be run anew: Billiard.set_executable")
        end

        paths = $LOAD_PATH.flat_map { |path| ["-I", File.expand_path(path.to_s)] }
        Native.bpi_set_executable_command(names([RbConfig.ruby, *paths, SCRIPT]))
      end

      def names(words)
        words.each_with_object(Native.bpi_names_new) do |word, list|
          raise TypeError, "words must be Strings, not #{word.class}" unless word.is_a?(String)

          Native.bpi_names_add(list, word)
        end
      end
    end
  end
  private_constant :Program
end
