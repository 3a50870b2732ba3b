# frozen_string_literal: true

require_relative "support/small_scheduler"
require_relative "support/test_case"

Billiard.entry(:exit_with) { |code| exit(code) }
Billiard.entry(:put) { |queue, *values| values.each { |value| queue.put(value) } }
Billiard.entry(:take) { |queue| queue.get }
Billiard.entry(:act) do |what|
  case what
  when "raise" then raise "boom"
  when "abort" then abort("told")
  when "kill" then Process.kill("KILL", Process.pid)
  when "exit!" then exit!(9)
  when "throw" then throw :nowhere
  when "interrupt" then raise Interrupt
  end
end
Billiard.entry(:add) do |lock, value, array, times|
  times.times { lock.synchronize { value.value += 1 } }
  array[0] = value.value
end
Billiard.entry(:echo) { |connection| connection.send(connection.recv) }
Billiard.entry(:write) { |io, text| io.syswrite(text) }
Billiard.entry(:tell_fds) { |queue| queue.put(Billiard.inherited_fds.map { |number| IO.for_fd(number).gets }) }
Billiard.entry(:nest) do |queue, levels|
  queue.put(levels)
  next if levels.zero?

  child = Billiard::Process.new(entry: :nest, args: [queue, levels - 1]).start
  child.join
  queue.put([child.name, child.exit_code])
end
Billiard.entry(:sleep) { sleep }
Billiard.entry(:leave_children) do |queue|
  Billiard::Process.new(entry: :sleep, daemon: true).start
  Billiard::Process.new(entry: :put, args: [queue, "joined"]).start
end
# Does something with each kind of object that can be handed over.
Billiard.entry(:use) do |lock, rlock, semaphore, bounded, condition, event, barrier, value, array, memory|
  lock.synchronize { value.fetch_add(1) }
  rlock.synchronize { value.fetch_add(1) }
  [semaphore, bounded].each { |units| units.synchronize { value.fetch_add(1) } }
  condition.synchronize { value.fetch_add(1) }
  array[1] = 7
  memory.write(2, "child")
  event.set
  barrier.wait
end
Billiard.entry(:attach_wrong) do |id|
  [Billiard::Lock, Billiard::Value, Billiard::Event].each do |kind|
    kind.attach(id)
    exit(1)
  rescue Billiard::NotFoundError, ArgumentError
    next
  end
end
Billiard.freeze_support

# Processes with every start method; this file is its own child.
class ProcessTest < BilliardTest
  METHODS = %w[fork spawn forkserver].freeze

  def each_method
    METHODS.each { |method| yield method, Billiard.context(method) }
  end

  def run_process(context, entry, *args, **options)
    process = context.process(entry: entry, args: args, **options).start
    process.join
    process
  end

  # test_process
  def test_life_cycle
    each_method do |method, context|
      Billiard::Queue.open(queue_name(method)) do |queue|
        process = context.process(entry: :take, args: [queue])
        assert_equal [false, nil, nil, nil], [process.alive?, process.pid, process.exit_code, process.exit_text]
        refute_includes Billiard.active_children, process
        assert_raises(Billiard::StateError) { process.join }
        assert_raises(Billiard::StateError) { process.sentinel }
        assert_same process, process.start
        assert_raises(Billiard::StateError) { process.start }
        assert_equal [true, nil], [process.alive?, process.exit_code]
        assert_includes Billiard.active_children, process
        assert_nil process.join(0)
        assert_raises(Billiard::StateError) { process.close }
        assert_equal [], Billiard.wait([process], 0)
        queue.put(1)
        assert_equal [process], Billiard.wait([process])
        2.times { assert_same process, process.join }
        assert_equal [false, 0, "exitcode 0"], [process.alive?, process.exit_code, process.exit_text]
        refute_includes Billiard.active_children, process
        process.close
        assert_raises(Billiard::StateError) { process.sentinel }
        assert_equal 0, process.exit_code
      end
    end
  end

  # G-PROC-2
  def test_exit_codes
    each_method do |_method, context|
      [[:exit_with, 0, 0], [:exit_with, 7, 7], [:exit_with, 265, 9], [:exit_with, -1, 255], [:exit_with, true, 0],
       [:act, "nothing", 0], [:act, "exit!", 9], [:act, "kill", -9]].each do |entry, argument, code|
        assert_equal code, run_process(context, entry, argument).exit_code, [context, argument].inspect
      end
    end
  end

  def test_what_is_raised_goes_to_stderr
    _, errors = capture_subprocess_io do
      %w[raise abort throw interrupt].each do |what|
        assert_equal 1, run_process(Billiard.context("fork"), :act, what, name: "Failing").exit_code, what
      end
    end
    assert_match(/^Process Failing:\n.*boom \(RuntimeError\)/, errors)
    assert_match(/^told$/, errors)
    assert_match(/uncaught throw :nowhere/, errors)
  end

  # test_terminate
  def test_ends_by_signals
    each_method do |_method, context|
      terminated, killed = Array.new(2) { context.process(entry: :sleep).start }
      assert_same terminated, terminated.terminate
      killed.kill
      assert_equal [-15, -9], [terminated, killed].map { |process| process.join.exit_code }
      assert_equal "signal 9 (SIGKILL)", killed.exit_text
      assert_match(/stopped\[SIGTERM\]/, terminated.inspect)
      terminated.terminate
    end
  end

  def test_blocks_are_closures
    pipe_reader, pipe_writer = Billiard.pipe(duplex: false)
    queue = Billiard::Queue.new
    lock = Billiard::Lock.new
    process = Billiard::Process.new(args: [queue, { deep: [1] }], context: "fork") do |given, value|
      lock.synchronize { given.put(value[:deep]) }
      pipe_writer.send("here")
    end
    process.start.join
    assert_equal [[1], "here", 0], [queue.get(timeout: 0), pipe_reader.recv, process.exit_code]
  end

  # test_subclassing
  class Upper < Billiard::Process
    def initialize(connection, **options)
      @connection = connection
      super(context: "fork", **options)
    end

    def run
      while (text = @connection.recv)
        @connection.send(text.upcase)
      end
    end
  end

  def test_subclasses_run
    Billiard.pipe do |first, second|
      process = Upper.new(second).start
      assert_match(/\AUpper-\d+\z/, process.name)
      first.send("text")
      assert_equal "TEXT", first.recv
      first.send(nil)
      assert_equal 0, process.join.exit_code
    end
  end

  # G-CTX-1
  def test_shared_objects_and_queues_are_arguments
    each_method do |method, context|
      Billiard::Queue.open(queue_name(method), joinable: true) do |queue|
        lock = Billiard::Lock.new
        value = Billiard::Value.new("q", 0)
        array = Billiard::Array.new("i", 1)
        processes = Array.new(2) { context.process(entry: :add, args: [lock, value, array, 50]).start }
        assert_equal [0, 0], processes.map { |process| process.join.exit_code }
        assert_equal [100, true], [value.value, array[0] >= 50]
        assert_equal 0, run_process(context, :put, queue, "v", { "k" => [1] }).exit_code
        assert_equal ["v", { "k" => [1] }], [queue.get, queue.get]
      end
    end
  end

  def test_every_kind_of_object_works_with_every_start_method
    each_method do |_method, context|
      value = Billiard::Value.new("q", 0)
      array = Billiard::Array.new("i", 2)
      memory = Billiard::Memory.new(7)
      event = Billiard::Event.new
      barrier = Billiard::Barrier.new(2)
      objects = [Billiard::Lock.new, Billiard::RLock.new, Billiard::Semaphore.new(1),
                 Billiard::BoundedSemaphore.new(1), Billiard::Condition.new, event, barrier, value, array, memory]
      process = context.process(entry: :use, args: objects).start
      barrier.wait
      assert_equal 0, process.join.exit_code
      assert_equal [5, 7, "\0\0child", true], [value.value, array[1], memory.read, event.set?]
      [1, value.id + 1_000_003, (2**62) + 5].each do |id|
        assert_equal 0, run_process(context, :attach_wrong, id).exit_code
      end
    end
  end

  def test_connections_and_files_are_arguments
    each_method do |_method, context|
      Billiard.pipe do |first, second|
        process = context.process(entry: :echo, args: [second]).start
        second.close
        first.send(["ping"])
        assert_equal ["ping"], first.recv
        assert_equal 0, process.join.exit_code
        assert_raises(EOFError) { first.recv }
      end
      reader, writer = IO.pipe
      assert_equal 0, run_process(context, :write, writer, "text").exit_code
      writer.close
      assert_equal "text", reader.read
    end
  end

  def test_descriptors_are_handed_over
    each_method do |method, context|
      Billiard::Queue.open(queue_name(method)) do |queue|
        reader, writer = IO.pipe
        writer.puts("line")
        run_process(context, :tell_fds, queue, fds: [reader])
        assert_equal ["line\n"], queue.get(timeout: 0)
      end
    end
    assert_nil Billiard.inherited_fds
  end

  def test_what_can_be_no_argument
    { proc {} => /form for Proc/, Billiard::Queue.new => /inherited by a fork/,
      Billiard::Lock.open(object_name) => /by its name/,
      Billiard::Lock.new(segment: Billiard::Segment.new) => /default segment/ }.each do |argument, reason|
      error = assert_raises(Billiard::EncodingError) { Billiard::Process.new(entry: :put, args: [argument]) }
      assert_match reason, error.message
    end
  end

  # test_recursion
  def test_processes_start_processes
    each_method do |method, context|
      Billiard::Queue.open(queue_name(method)) do |queue|
        assert_equal 0, run_process(context, :nest, queue, 2).exit_code
        told = Array.new(5) { queue.get(timeout: 0) }
        assert_equal [2, 1, 0], told.first(3)
        told.last(2).each { |name, code| assert_equal [true, 0], [name.match?(/\A\w*Process-\d+(:1)+\z/), code] }
      end
    end
  end

  # GAP-38
  def test_the_end_of_a_process_ends_its_children
    each_method do |method, context|
      Billiard::Queue.open(queue_name(method)) do |queue|
        assert_equal 0, run_process(context, :leave_children, queue).exit_code
        assert_equal "joined", queue.get(timeout: 0)
      end
    end
  end

  def test_unknown_entries_are_told_at_the_start
    each_method do |_method, context|
      process = context.process(entry: :nothing)
      error = assert_raises(Billiard::NotFoundError) { process.start }
      assert_match(/nothing/, error.message)
      assert_equal [false, nil], [process.alive?, process.pid]
      assert_match(/initial/, process.inspect)
    end
    assert_raises(Billiard::ExistsError) { Billiard.entry(:put) { nil } }
  end

  def test_commands
    process = Billiard::Process.new(command: ["/bin/sh", "-c", "exit $CODE"], environment: { "CODE" => 3 })
    assert_equal 3, process.start.join.exit_code
    missing = Billiard::Process.new(command: "/nonexistent/program")
    assert_match(%r{/nonexistent/program}, assert_raises(Billiard::StartFailedError) { missing.start }.message)
    reader, writer = IO.pipe
    writer.puts("for a command")
    Billiard.pipe do |first, _second|
      shell = Billiard::Process.new(command: ["/bin/sh", "-c", 'read line <&3; test "$line" = "for a command"'],
                                    fds: [reader, first])
      assert_equal 0, shell.start.join.exit_code
    end
  end

  # test_current
  def test_the_current_process
    current = Billiard.current_process
    assert_equal ["MainProcess", Process.pid, [], false, true, nil],
                 [current.name, current.pid, current.identity, current.daemon?, current.alive?, current.exit_code]
    assert_equal [32, Encoding::BINARY], [current.authkey.bytesize, current.authkey.encoding]
    assert_equal "<_MainProcess(MainProcess, started)>", current.inspect
    assert_nil Billiard.parent_process
    %i[start join terminate].each { |verb| assert_raises(Billiard::StateError) { current.public_send(verb) } }
  end

  def test_a_child_knows_itself
    queue = Billiard::Queue.new
    process = Billiard::Process.new(name: "Named", daemon: true, context: "fork") do
      current = Billiard.current_process
      queue.put([current.name, current.daemon?, current.pid, current.identity, current.authkey,
                 Billiard.parent_process.to_a, Billiard.start_method, $stdin.read,
                 Billiard.active_children.size, Billiard::Process.new { nil }.daemon?])
    end
    process.start.join
    assert_equal ["Named", true, process.pid, process.identity, Billiard.current_process.authkey,
                  [Process.pid, "MainProcess"], "fork", "", 0, true], queue.get(timeout: 0)
  end

  def test_children_of_children_are_not_listed
    queue = Billiard::Queue.new
    process = Billiard::Process.new(context: "fork") do
      grandchild = Billiard::Process.new(context: "fork") { sleep }.start
      queue.put(Billiard.active_children == [grandchild])
      sleep
    ensure
      grandchild.kill
    end
    process.start
    assert_equal [true, [process]], [queue.get, Billiard.active_children]
    process.terminate.join
  end

  def test_siblings_have_random_numbers_of_their_own
    queue = Billiard::Queue.new
    Random.srand(7)
    2.times { Billiard::Process.new(context: "fork") { queue.put([rand(2**60), Random.new.rand(2**60)]) }.start.join }
    numbers = [*queue.get(timeout: 0), *queue.get(timeout: 0), rand(2**60)]
    assert_equal numbers, numbers.uniq
  end

  def test_what_a_block_returns_is_dropped
    assert_equal 0, Billiard::Process.new(context: "fork") { 7 }.start.join.exit_code
  end

  def test_attributes
    process = Billiard::Process.new { nil }
    process.name = "new"
    process.daemon = true
    assert_equal ["new", true], [process.name, process.daemon?]
    assert_raises(TypeError) { process.name = 5 }
    assert_raises(TypeError) { Billiard::Process.new(name: 5) { nil } }
    assert_raises(TypeError) { Billiard::Process.new(args: 5) { nil } }
    assert_raises(ArgumentError) { Billiard::Process.new }
    assert_raises(ArgumentError) { Billiard::Process.new(group: 1) { nil } }
    assert_raises(ArgumentError) { Billiard::Process.new(entry: :put) { nil } }
    process.start
    assert_raises(Billiard::StateError) { process.daemon = false }
    process.join
  end

  def test_another_process_can_not_join
    process = Billiard::Process.new(context: "fork") { sleep }.start
    [-> { process.join }, -> { process.alive? }, -> { process.terminate }].each do |call|
      assert_equal "Billiard::ForkedError", in_child(&call)
    end
    assert_match(/unknown/, in_child { process.inspect })
    process.kill.join
  end

  def test_exceptions_end_a_join
    process = Billiard::Process.new(context: "fork") { sleep }.start
    assert_raises(Timeout::Error) { Timeout.timeout(0.01) { process.join } }
    process.kill.join
  end

  def test_fibers_wait_side_by_side
    order = []
    Billiard::Queue.open(queue_name) do |queue|
      Thread.new do
        Fiber.set_scheduler(SmallScheduler.new)
        Fiber.schedule { order << Billiard::Process.new { queue.get }.start.join.exit_code }
        Fiber.schedule do
          order << :second_fiber_runs
          queue.put(1)
        end
      end.join
    end
    assert_equal [:second_fiber_runs, 0], order
  end

  def test_threads_start_processes_side_by_side
    each_method do |_method, context|
      threads = Array.new(4) { |i| Thread.new { run_process(context, :exit_with, i).exit_code } }
      assert_equal [0, 1, 2, 3], threads.map(&:value)
    end
  end

  def test_hooks_of_fork_run_once
    queue = Billiard::Queue.new
    hooks = Module.new do
      define_method(:_fork) { super().tap { |pid| queue.put("hooked") if pid.zero? } }
    end
    Process.singleton_class.prepend(hooks)
    Billiard::Process.new(context: "fork") { nil }.start.join
    assert_equal [1, "hooked"], [queue.size, queue.get(timeout: 0)]
  end

  def test_output_is_not_written_twice
    output, = capture_subprocess_io do
      $stdout.write("before ")
      Billiard::Process.new(context: "fork") { print "child " }.start.join
      $stdout.write("after")
    end
    assert_equal "before child after", output
  end

  def test_cpus
    assert_operator Billiard.cpus_online, :>=, 1
    assert_operator Billiard.cpus_available, :>=, 1
  end
end
