# frozen_string_literal: true

module Billiard
  # A process of this program's own: a block, an entry, or a command.
  #
  #   process = Billiard::Process.new(args: [7]) { |n| puts n * n }
  #   process.start
  #   process.join
  #   process.exit_code # => 0
  #
  # A block runs in a fork, and sees what the program had at the start. An entry (Billiard.entry) has a name
  # and runs with any start method; its arguments travel as MessagePack, with locks, values, named queues,
  # connections and IOs among them. A subclass may define #run instead.
  #
  # In the child: standard input is empty; what is raised goes to standard error and is exit code 1; `exit`
  # works as everywhere; at_exit blocks do not run, finalizers do (Finalizer). What other files buffered is
  # lost, so close them. When this program ends it waits for its children, and ends those that are daemonic.
  class Process
    class << self
      # @api private
      def from_handle(handle)
        allocate.tap { |process| process.__send__(:adopt, handle) }
      end
    end

    # Makes a process. Nothing runs until #start.
    #
    # @param name [String, nil] nil: "ForkProcess-1", by kind and #identity
    # @param daemon [Boolean, nil] it ends with this process; nil: as this process is
    # @param args [::Array] for the block, #run or the entry
    # @param context [Context, String, Symbol, nil] nil: the default one
    # @param entry [String, Symbol, nil] a name given to Billiard.entry
    # @param command [::Array<String>, String, nil] a program and its arguments
    # @param environment [Hash] of a command: settings added to this process's
    # @param fds [::Array<IO, Integer, Connection>] that the child gets too (Billiard.inherited_fds); a command
    #   has them as 3, 4, ... To be open at the start
    # @param start_timeout [Numeric, nil] seconds until the child must be ready; nil: 30
    # @yield args, in the child
    # @raise [ArgumentError, TypeError] for a wrong argument, which is named
    # @raise [EncodingError] an argument of an entry
    def initialize(name: nil, daemon: nil, args: [], context: nil, entry: nil, command: nil, environment: {},
                   fds: [], start_timeout: nil, &block)
      raise TypeError, "args must be an Array, not #{args.class}" unless args.is_a?(::Array)
      raise TypeError, "name must be a String, not #{name.class}" unless name.nil? || name.is_a?(String)

      @args = args.dup
      @target = block
      @context = Context.named(context)
      @kind = kind_of_target(entry, command)
      builder = Native.bpi_process_builder_new
      Native.bpi_process_builder_set_name(builder, name)
      Native.bpi_process_builder_set_start_method(builder, @context.fixed_method)
      Native.bpi_process_builder_set_daemon(builder, daemon.nil? ? 0 : (daemon ? 1 : -1))
      Native.bpi_process_builder_set_start_timeout(builder, Seconds.limit(start_timeout, "start_timeout"))
      set_target(builder, entry, command, environment)
      fds.each { |file| Native.bpi_process_builder_add_fd(builder, Descriptors.number(file, "fds")) }
      @handle = Native.bpi_process_builder_create(builder)
      name_by_class if name.nil? && !instance_of?(Process)
    end

    # What a subclass does in the child; else the block.
    #
    # @return [void]
    def run
      @target&.call(*@args)
    end

    # Starts it; returns when the child exists and has found what it is to run. Until then, and at most for
    # `start_timeout`, no exception ends the call; other threads run meanwhile, unless it is a fork.
    #
    # @return [self]
    # @raise [StateError] started already; or this process is itself still being started
    # @raise [NotFoundError] no such entry
    # @raise [StartFailedError] nothing is left; it may be tried again
    # @raise [TimeoutError, ForkedError, OutOfMemoryError, SystemError]
    def start
      ExitFunctions.expect
      forks = @kind != :command && @context.start_method == "fork"
      Program.prepare unless forks || @kind == :command
      $stdout.flush
      $stderr.flush
      start_now = -> { Forking.explain { Scheduler.without { Native.start_process(@handle, forks) } } }
      forks ? Forking.alone(&start_now) : start_now.call
      self
    end

    # Waits for its end.
    #
    # @param timeout [Numeric, nil] seconds; nil waits for ever, 0 or less only looks
    # @return [self, nil] nil: it runs on
    # @raise [StateError] it was not started
    # @raise [ForkedError] it is another process's
    def join(seconds = nil, timeout: seconds)
      timeout_ns = Seconds.timeout(timeout)
      self if Scheduler.blocking { Native.bp_process_join(@handle, timeout_ns) }
    end

    # Asks it to end: SIGTERM, or what the environment's REMAP_SIGTERM names; in Ruby, `ensure` clauses run.
    # One that has ended is no error. Its own children are not signalled.
    #
    # @return [self]
    # @raise [StateError] it was not started
    def terminate
      Native.bp_process_terminate(@handle)
      self
    end

    # SIGKILL; as #terminate.
    #
    # @return [self]
    def kill
      Native.bp_process_kill(@handle)
      self
    end

    # @return [Boolean]
    # @raise [ForkedError] it is another process's
    def alive?
      Native.bp_process_is_alive(@handle) == 1
    end

    # @return [Integer, :unknown, nil] minus the number of the signal that ended it; nil: it has not ended;
    #   :unknown: somebody else took it from the system
    # @raise [ForkedError] it is another process's
    def exit_code
      status = Native.bp_process_exit_status(@handle)
      case status
      when Native::BP_EXIT_NONE then nil
      when Native::BP_EXIT_UNKNOWN then :unknown
      else status
      end
    end

    # @return [String, nil] "exitcode 1", "signal 9 (SIGKILL)"; nil: it has not ended
    def exit_text
      status = Native.bp_process_exit_status(@handle)
      Native.bp_exit_status_text(status) unless status == Native::BP_EXIT_NONE
    end

    # @return [Integer, nil] nil before the start; kept after the end
    def pid
      number = Native.bp_process_pid(@handle)
      number unless number.zero?
    end
    alias ident pid

    # For Billiard.wait, IO.select (IO.for_fd with autoclose: false): a descriptor that is readable once the
    # process has ended. It is this object's, until #close.
    #
    # @return [Integer]
    # @raise [StateError] it was not started, or is closed
    def sentinel
      Native.bp_process_sentinel(@handle)
    end

    # @return [String]
    def name
      Native.bp_process_name(@handle)
    end

    # The child knows it when it is given before the start.
    #
    # @raise [TypeError, InvalidError]
    def name=(name)
      raise TypeError, "name must be a String, not #{name.class}" unless name.is_a?(String)

      Native.bp_process_set_name(@handle, name)
    end

    # @return [Boolean]
    def daemon?
      Native.bp_process_is_daemon(@handle) == 1
    end

    # @raise [StateError] "process has already started"
    def daemon=(daemon)
      Native.bp_process_set_daemon(@handle, daemon ? 1 : 0)
    end

    # @return [::Array<Integer>] that of its maker, and the count of the maker's processes
    def identity
      CurrentProcess.numbers { |index| Native.bpi_process_identity_part(@handle, index) }
    end

    # @return [String] the key that it inherits
    def authkey
      Billiard.current_process.authkey
    end

    # Gives the sentinel back. May be repeated.
    #
    # @return [nil]
    # @raise [StateError] it is alive
    def close
      Native.bp_process_close(@handle)
      nil
    end

    # @return [String] "<ForkProcess(ForkProcess-1, stopped[SIGTERM] daemon)>"
    def inspect
      Native.bp_process_describe(@handle)
    end
    alias to_s inspect

    # @return [Boolean] whether it is the same process
    def ==(other)
      other.is_a?(Process) && other.identity == identity && other.pid == pid
    end
    alias eql? ==

    def hash
      identity.hash
    end

    private

    def adopt(handle)
      @handle = handle
      @kind = :started
    end

    def name_by_class
      kind = self.class.name&.split("::")&.last
      self.name = "#{kind}-#{identity.join(':')}" if kind
    end

    def kind_of_target(entry, command)
      given = { entry: entry, command: command, block: @target }.compact.keys
      raise ArgumentError, "only one of #{given.join(', ')} can be given" if given.size > 1

      overridden = method(:run).owner != Process
      raise ArgumentError, "one of a block, entry: and command: is to be given" if given.empty? && !overridden

      given.first || :run
    end

    def set_target(builder, entry, command, environment)
      case @kind
      when :entry then set_entry(builder, entry.to_s)
      when :command then set_command(builder, command, environment)
      else @block = Native.set_process_block(builder, ->(_data) { ChildProcess.run { run } })
      end
    end

    def set_entry(builder, entry)
      data, files = Arguments.encode(@args)
      Native.bpi_process_builder_set_entry(builder, entry)
      Native.bpi_process_builder_set_data(builder, data)
      files.each { |number| Native.bpi_process_builder_add_fd(builder, number) }
    end

    def set_command(builder, command, environment)
      [*command].each { |word| Native.bpi_process_builder_add_command_word(builder, word) }
      environment.each { |key, value| Native.bpi_process_builder_add_environment(builder, "#{key}=#{value}") }
    end
  end

  # What this process is.
  class CurrentProcess
    # @api private
    def self.numbers
      (0..).lazy.map { |index| yield index }.take_while { |number| number >= 0 }.to_a
    end

    # @return [String] "MainProcess" where no Process stands for it
    def name
      Native.bp_current_name
    end

    # @raise [TypeError, InvalidError]
    def name=(name)
      raise TypeError, "name must be a String, not #{name.class}" unless name.is_a?(String)

      Native.bp_current_set_name(name)
    end

    # @return [Integer]
    def pid
      ::Process.pid
    end
    alias ident pid

    # @return [::Array<Integer>] none in the main process
    def identity
      CurrentProcess.numbers { |index| Native.bpi_current_identity_part(index) }
    end

    # @return [Boolean]
    def daemon?
      Native.bp_current_is_daemon == 1
    end

    # The key that processes of one tree prove themselves with: 32 random bytes that children inherit.
    #
    # @return [String] binary; show it to nobody
    def authkey
      Native.bpi_current_authkey.first
    end

    # For children that are started later.
    #
    # @param key [String] at least one byte
    # @raise [TypeError, InvalidError]
    def authkey=(key)
      Native.bpi_current_set_authkey(AuthKey.check(key))
    end

    # @return [true]
    def alive?
      true
    end

    # @return [nil]
    def exit_code
      nil
    end

    %i[start join terminate].each do |verb|
      define_method(verb) { |*| raise Error.make(StateError, "can not #{verb} the current process") }
    end

    # @return [String] "<_MainProcess(MainProcess, started)>"
    def inspect
      kind = identity.empty? ? "_MainProcess" : "Process"
      "<#{kind}(#{name}, started#{' daemon' if daemon?})>"
    end
    alias to_s inspect
  end

  # Who started this process.
  ParentProcess = Struct.new(:pid, :name)

  class << self
    # @return [CurrentProcess]
    def current_process
      @current_process ||= CurrentProcess.new
    end

    # @return [ParentProcess, nil] nil in the main process
    def parent_process
      pid = Native.bpi_parent_pid
      ParentProcess.new(pid, Native.bpi_parent_name) unless pid.zero?
    end

    # @return [::Array<Process>] the children of this process that are alive; reaps those that have ended
    def active_children
      list = Native.bpi_active_children
      ::Array.new(Native.bpi_process_list_count(list)) do |index|
        Process.from_handle(Native.bpi_process_list_take(list, index))
      end
    end

    # @return [::Array<Integer>, nil] the descriptors that `fds:` gave this process, and those of arguments;
    #   nil in a process that was not started by this library
    def inherited_fds
      count = Native.bpi_inherited_fd_count
      ::Array.new(count) { |index| Native.bpi_inherited_fd(index) } unless count.negative?
    end

    # @return [Integer] CPUs of this system that are online
    # @raise [NotImplementedError] the system does not tell
    def cpus_online
      count = Native.bp_cpus_online
      return count if count.positive?

      raise NotImplementedError, "the number of CPUs is not known"
    end

    # Has the kernel send a signal to this process when the thread that started it ends.
    #
    # @param signal [Integer, String, Symbol, nil] nil: nothing
    # @return [nil]
    # @raise [SystemError] no such signal
    def parent_death_signal=(signal)
      Native.bp_set_pdeathsig(Signals.number(signal))
    end

    # @return [Integer] that signal; 0: none
    def parent_death_signal
      Native.bp_get_pdeathsig
    end
  end
  Native.fork_processes_through_ruby
end
