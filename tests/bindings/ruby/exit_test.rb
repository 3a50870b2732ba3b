# frozen_string_literal: true

require_relative "support/test_case"
require "open3"
require "tempfile"

# The end of a process: finalizers, children, and who outlives whom. Programs of their own show it.
class ExitTest < BilliardTest
  # Runs a program from a file; returns what it wrote and its status.
  def run_program(text, *words)
    Tempfile.create(["program", ".rb"]) do |file|
      file.write("require \"billiard\"\n#{text}")
      file.flush
      paths = $LOAD_PATH.flat_map { |path| ["-I", path.to_s] }
      output = IO.popen([RbConfig.ruby, "-w", *paths, file.path, *words], err: %i[child out], &:read)
      [output, Process.last_status]
    end
  end

  # test_finalize
  def test_order_of_finalizers
    output, = run_program(<<~RUBY)
      $stdout.sync = true
      owner = Object.new
      say = ->(word) { -> { puts word } }
      Billiard::Finalizer.new(owner, &say.call("never: no priority"))
      a = Billiard::Finalizer.new(exit_priority: 5, &say.call("a"))
      Billiard::Finalizer.new(exit_priority: -100, &say.call("STOP"))
      Billiard::Finalizer.new(exit_priority: 0, &say.call("d01"))
      Billiard::Finalizer.new(exit_priority: 0) { raise "broken" }
      Billiard::Finalizer.new(exit_priority: 0, &say.call("d02"))
      Billiard::Finalizer.new(exit_priority: 1) { Billiard::Finalizer.new(exit_priority: 0, &say.call("d03")) }
      Billiard::Finalizer.new(exit_priority: -10, &say.call("e"))
      cancelled = Billiard::Finalizer.new(exit_priority: 9, &say.call("never: cancelled"))
      cancelled.cancel
      2.times { a.call }
      p a.active?
    RUBY
    assert_match(/finalizer failed: .*broken/, output)
    assert_equal %w[a false d03 d02 d01 e STOP], output.lines(chomp: true).grep(/\A[a-zA-Z]+\d*\z/)
  end

  def test_finalizers_of_owners
    ran = []
    callback = ->(word) { -> { ran << word } }
    make = -> { Billiard::Finalizer.new(Object.new, &callback.call(:collected)) }
    finalizer = make.call
    wait_until do
      GC.start
      !finalizer.active?
    end
    assert_equal [:collected], ran
    assert_nil finalizer.call
    assert_raises(ArgumentError) { Billiard::Finalizer.new { nil } }
    assert_raises(TypeError) { Billiard::Finalizer.new(exit_priority: "1") { nil } }
    assert_raises(ArgumentError) { Billiard::Finalizer.new(exit_priority: 1) }
  end

  def test_a_child_has_no_finalizers_of_its_parent
    finalizer = Billiard::Finalizer.new(exit_priority: 1) { :run }
    assert_equal [false, nil], in_child { [finalizer.active?, finalizer.call] }
    queue = Billiard::Queue.new
    Billiard::Process.new(context: "fork") { queue.put(finalizer.active?) }.start.join
    assert_equal [false, true, :run], [queue.get(timeout: 0), finalizer.active?, finalizer.call]
  end

  # G-UTIL-1, GAP-38
  def test_a_program_waits_for_its_children_and_ends_the_daemonic_ones
    output, status = run_program(<<~RUBY)
      $stdout.sync = true
      queue = Billiard::Queue.new
      Billiard::Finalizer.new(exit_priority: 1) { puts "first" }
      Billiard::Finalizer.new(exit_priority: -1) { puts "last" }
      Billiard::Process.new(context: "fork", daemon: true) do
        sleep
      ensure
        puts "daemon ends"
        queue.put(1)
      end.start
      ready = Billiard::Queue.new
      Billiard::Process.new(context: "fork") { ready.put(1); queue.get; puts "child ends" }.start
      ready.get
      exit 3
    RUBY
    assert_equal ["first\ndaemon ends\nchild ends\nlast\n", 3], [output, status.exitstatus]
  end

  def test_a_child_leaves_without_the_at_exit_blocks_of_its_parent
    output, = run_program(<<~RUBY)
      at_exit { puts "the program ends" }
      Billiard::Process.new(context: "fork") do
        Billiard::Finalizer.new(exit_priority: 0) { print "finalizer, " }
        print "child, "
      end.start.join
    RUBY
    assert_equal "child, finalizer, the program ends\n", output
  end

  # G-UTIL-2
  def test_daemonic_children_die_with_a_killed_program
    %w[fork spawn forkserver].each do |method|
      Billiard::Queue.open(queue_name(method)) do |queue|
        parent = fork do
          exec(RbConfig.ruby, *$LOAD_PATH.flat_map { |path| ["-I", path.to_s] }, daemon_program,
               method, queue_name(method))
        end
        child = queue.get
        assert process_alive?(child)
        kill(parent)
        wait_until { !process_alive?(child) }
      end
    end
  end

  # A program with a daemonic child, which tells its pid.
  def daemon_program
    @daemon_program ||= File.join(Dir.mktmpdir, "daemon.rb").tap do |path|
      File.write(path, <<~RUBY)
        require "billiard"
        Billiard.entry(:tell) { |name| Billiard::Queue.open(name) { |queue| queue.put(Process.pid); sleep } }
        Billiard.freeze_support
        Billiard.context(ARGV[0]).process(entry: :tell, args: [ARGV[1]], daemon: true).start
        sleep
      RUBY
    end
  end

  def test_a_program_that_is_no_file_can_not_be_run_anew
    output, = Open3.capture2e(RbConfig.ruby, *$LOAD_PATH.flat_map { |path| ["-I", path.to_s] }, "-e", <<~RUBY)
      require "billiard"
      Billiard.entry(:nothing) { nil }
      Billiard::Process.new(entry: :nothing, context: "spawn").start
    RUBY
    assert_match(/set_executable.*StateError/m, output)
  end

  # CTX-42
  def test_a_program_without_freeze_support_is_told_so
    output, status = run_program(<<~RUBY)
      Billiard.entry(:nothing) { nil }
      Billiard::Process.new(entry: :nothing, context: "spawn", start_timeout: 20).start
    RUBY
    assert_match(/freeze_support/, output)
    assert_equal 1, status.exitstatus
  end

  def test_another_program_can_be_named
    output, = run_program(<<~RUBY)
      Billiard.set_executable("/nonexistent/ruby", "program.rb")
      begin
        Billiard::Process.new(entry: :nothing, context: "spawn").start
      rescue Billiard::StartFailedError => e
        puts e.message
      end
    RUBY
    assert_match(%r{/nonexistent/ruby}, output)
  end

  # CTX-1 to CTX-6
  def test_contexts
    output, = run_program(<<~RUBY)
      p Billiard.start_methods, Billiard.start_method(allow_none: true), Billiard.context.start_method
      begin
        Billiard.set_start_method("spawn")
      rescue Billiard::StateError => e
        puts e.message
      end
      Billiard.set_start_method("spawn", force: true)
      p Billiard.start_method, Billiard.context(:forkserver).start_method
      begin
        Billiard.context("fork").set_start_method("spawn")
      rescue ArgumentError => e
        puts e.message
      end
      Billiard.set_start_method(nil, force: true)
      p Billiard.start_method(allow_none: true)
      Billiard::Process.new { nil }.start.join
      p Billiard.start_method(allow_none: true), Billiard.forking_enabled?
      Billiard.forking_enabled = false
      p Billiard.start_method, Billiard.forking_enabled?
      Billiard.forking_enabled = true
      p Billiard.start_method
    RUBY
    assert_equal ['["fork", "spawn", "forkserver"]', "nil", '"fork"', "context has already been set", '"spawn"',
                  '"forkserver"', "cannot set start method of concrete context", "nil", '"fork"', "true", '"spawn"', "false",
                  '"fork"'], output.lines(chomp: true)
    assert_raises(ArgumentError) { Billiard.context("frok") }
    assert_raises(TypeError) { Billiard.set_forkserver_preload("x") }
  end

  def test_functions_after_a_fork
    output, = run_program(<<~RUBY)
      $stdout.sync = true
      Billiard.after_fork { puts "first" }
      Billiard.after_fork { raise "ignored" }
      Billiard.after_fork { puts "second" }
      Billiard.log_to_stderr(:info)
      Billiard::Process.new(context: "fork") { puts "child" }.start.join
    RUBY
    assert_equal %w[first second child], output.lines(chomp: true).grep_v(/\A\[/)
    assert_match(/\[INFO.*a function after a fork failed: ignored/, output)
    assert_match(%r{\[INFO/ForkProcess-1\] child process \d+ calling self\.run\(\)}, output)
    assert_match(/exiting with exitcode 0/, output)
  end

  def test_the_signal_of_a_parents_death
    queue = Billiard::Queue.new
    Billiard::Process.new(context: "fork") do
      Billiard.parent_death_signal = :TERM
      queue.put(Billiard.parent_death_signal)
    end.start.join
    assert_equal [15, 0], [queue.get(timeout: 0), Billiard.parent_death_signal]
    assert_raises(Billiard::SystemError) { Billiard.parent_death_signal = 999 }
  end
end
