# frozen_string_literal: true

require "minitest/autorun"
require "billiard"
require "securerandom"
require "socket"
require "timeout"
require "tmpdir"

# What the test files share.
class BilliardTest < Minitest::Test
  WATCHDOG_SECONDS = 120

  # Tests hold jobs up by messages that they send, never by sleeping.
  HELD = "go"

  Billiard.task(:echo) { |value| value }
  Billiard.task(:take) { |name| Billiard::Queue.open(name, &:get) }
  Billiard.task(:pid) { Process.pid }

  def setup
    @watchdog = Thread.new do
      sleep self.class::WATCHDOG_SECONDS
      warn "#{name}: no end after #{self.class::WATCHDOG_SECONDS} s"
      Thread.list.each { |thread| warn thread.inspect, *thread.backtrace }
      exit!(99)
    end
  end

  def teardown
    @watchdog.kill
  end

  # A name for a shared object of this test. Process ids repeat: sandboxes have the same ones.
  def object_name
    @object_name ||= "ruby-test-#{SecureRandom.hex(8)}-#{name}"
  end

  def queue_name(suffix = "q")
    "#{object_name}-#{suffix}"
  end

  # A pool of one worker whose only job waits for a message in the queue.
  def with_held_job(**options)
    Billiard::Queue.open(queue_name) do |queue|
      Billiard::Pool.open(workers: 1, **options) do |pool|
        yield pool.apply_async(:take, queue_name), queue, pool
      end
    end
  end

  # Until the thread waits in the library, or for a lock.
  def wait_until_asleep(thread)
    Thread.pass until thread.stop?
  end

  # Until the condition holds; the watchdog ends what never comes.
  def wait_until
    sleep 0.001 until yield
  end

  def wait_until_begun(pool, result)
    wait_until { pool.workers.any? { |worker| worker.busy? && worker.job_id == result.job_id } }
  end

  # What the block returns in a forked child.
  def in_child
    told, tell = IO.pipe
    pid = fork do
      told.close
      answer = begin
        yield
      rescue StandardError => e
        e.class.name
      end
      tell.write(Marshal.dump(answer))
      tell.close
      exit!(0)
    end
    tell.close
    answer = Marshal.load(told.read) # rubocop:disable Security/MarshalLoad
    Process.wait(pid)
    assert_predicate Process.last_status, :success?
    answer
  end

  # A forked child that runs the block and then stays until it is killed; yields its process id once
  # the block has ended.
  def with_staying_child(block)
    ready, tell = IO.pipe
    pid = fork do
      block.call
      tell.write(".")
      sleep
    end
    ready.read(1)
    yield pid
  ensure
    kill(pid) if pid
    [ready, tell].each(&:close)
  end

  # The error has the class, and its message names what is wrong.
  def assert_refuses(error_class, naming)
    error = assert_raises(error_class) { yield }
    assert_includes error.message, naming
  end

  # Kills a child at once, and waits for its end.
  def kill(pid)
    Process.kill("KILL", pid)
    Process.wait(pid)
  rescue Errno::ESRCH, Errno::ECHILD
    nil
  end

  # Runs a Ruby program with the same load path; returns its process and output.
  def ruby(program, *arguments, **options)
    [RbConfig.ruby, "-w", "-e", program, *arguments, **options]
  end

  def process_alive?(pid)
    File.read("/proc/#{pid}/stat")[/\) (\S)/, 1] != "Z"
  rescue Errno::ENOENT, Errno::ESRCH
    false
  end
end
