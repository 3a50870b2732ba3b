# frozen_string_literal: true

Billiard.entry(:exit_with) { |code| exit(code) }
Billiard.entry(:fail_child) { |message| raise message }
Billiard.entry(:take_from) { |name| Billiard::Queue.open(name, &:get) }
Billiard.entry(:tell_self) do |name|
  current = Billiard.current_process
  Billiard::Queue.open(name) do |queue|
    queue.put([current.name, current.daemon?, current.pid, Billiard.parent_process.pid, current.authkey])
  end
end
Billiard.entry(:echo_once) { |connection| connection.send(connection.recv) }
Billiard.entry(:add_to) { |value, number| value.fetch_add(number) }
Billiard.entry(:run_finalizers) do |name|
  queue = Billiard::Queue.open(name)
  { low: -100, first: 0, second: 0, high: 10 }.each do |word, priority|
    Billiard::Finalizer.new(exit_priority: priority) { queue.put(word) }
  end
end

# Process objects, contexts, finalizers.
class Scenarios
  def make_process(entry, *arguments, **options)
    Billiard::Process.new(entry: entry, args: arguments, context: "spawn", **options)
  end

  # A process that waits for a message, and its queue.
  def with_taker
    with_queue { |queue| yield make_process(:take_from, queue_name).start, queue }
  end

  def end_of(process)
    process.join.exit_code
  end

  def sameness(same)
    same ? "same" : "different"
  end

  define(:process_exit_code) do
    process = make_process(:exit_with, 7)
    "ok #{process.exit_code || 'none'} #{end_of(process.start)}"
  end

  define(:process_exit_wraps) do
    "ok #{[265, -1].map { |code| end_of(make_process(:exit_with, code).start) }.join(' ')}"
  end

  define(:process_fails) { "ok #{end_of(make_process(:fail_child, 'boom').start)}" }

  define(:process_killed) do
    with_taker { |process, _queue| "ok #{end_of(process.kill)} #{process.exit_text}" }
  end

  define(:process_terminated) do
    with_taker { |process, _queue| "ok #{end_of(process.terminate)}" }
  end

  define(:process_states) do
    with_queue do |queue|
      process = make_process(:take_from, queue_name)
      before = "ok alive=#{process.alive?} pid=#{process.pid || 'none'} alive=#{process.start.alive?}"
      twice = error_naming("twice") { process.start }
      queue.put("go")
      code = end_of(process)
      "#{before}; then #{twice}; then ok alive=#{process.alive?} #{code}"
    end
  end

  define(:process_join_early) { error_naming("not started") { make_process(:exit_with, 0).join } }

  define(:process_join_timeout) do
    with_taker do |process, queue|
      raise "it has ended" if process.join(0.05)

      alive = process.alive?
      queue.put("go")
      "ok alive=#{alive} #{end_of(process)}"
    end
  end

  define(:process_self) do
    with_queue do |queue|
      process = make_process(:tell_self, queue_name, daemon: true).start
      name, daemon, pid, parent, key = queue.get
      process.join
      "ok #{name} #{daemon} pid=#{sameness(pid == process.pid)} parent=#{sameness(parent == Process.pid)} " \
        "key=#{sameness(key == Billiard.current_process.authkey)}"
    end
  end

  define(:process_sentinel) do
    with_taker do |process, queue|
      look = ->(timeout) { Billiard.wait([process.sentinel], timeout).empty? ? "none" : "ready" }
      early = look.call(0)
      queue.put("go")
      "ok #{early} #{look.call(nil)} #{end_of(process)}"
    end
  end

  define(:active_children) do
    counts = [Billiard.active_children.size]
    with_taker do |process, queue|
      children = Billiard.active_children
      counts.push(children.size, sameness(children.first&.pid == process.pid))
      queue.put("go")
      process.join
      "ok #{[*counts, Billiard.active_children.size].join(' ')}"
    end
  end

  define(:process_unknown_entry) do
    process = make_process(:no_such_entry)
    "#{error_naming('no_such_entry') { process.start }}; then alive=#{process.alive?}"
  end

  define(:process_connection) do
    with_pipe do |first, second|
      process = make_process(:echo_once, second).start
      second.close
      first.send("ping")
      "ok #{first.recv} #{end_of(process)}"
    end
  end

  define(:process_shared_value) do
    value = Billiard::Value.new("q", 40)
    code = end_of(make_process(:add_to, value, 2).start)
    "ok #{value.value} #{code}"
  end

  define(:process_command) do
    code = end_of(Billiard::Process.new(command: ["/bin/sh", "-c", "exit 3"]).start)
    missing = "/nonexistent/program"
    "ok #{code}; then #{error_naming(missing) { Billiard::Process.new(command: missing).start }}"
  end

  define(:context_fixed) do
    before = Billiard.start_method(allow_none: true) || "none"
    Billiard.set_start_method("spawn")
    ["ok #{before} #{Billiard.start_method(allow_none: true)}",
     error_naming("already been set") { Billiard.set_start_method("spawn") },
     error_naming("cannot find context") { Billiard.context("frok") }].join("; then ")
  end

  define(:finalizer_order) do
    with_queue do |queue|
      end_of(make_process(:run_finalizers, queue_name).start)
      "ok #{Array.new(4) { queue.get(timeout: 0) }.join(' ')}"
    end
  end
end
