# frozen_string_literal: true

require "English"

# A second process of a scenario, which speaks by lines: this runner, started by itself with --assist,
# or the program that BILLIARD_ASSISTANT names.
class Assistant
  LIMIT = 30 # seconds that a role waits at most

  # Starts an assistant and yields it; after the block it is no more.
  def self.with(nonce, role, name, *arguments)
    IO.popen([*program, nonce, "--assist", role, name, *arguments.map(&:to_s)], "r+") do |process|
      assistant = new(process)
      yield assistant
    ensure
      assistant&.kill unless process.closed?
    end
  end

  def self.program
    other = ENV.fetch("BILLIARD_ASSISTANT", "")
    other.empty? ? [RbConfig.ruby, File.join(__dir__, "runner.rb")] : [other]
  end
  private_class_method :program

  def initialize(process)
    @process = process
  end

  # @return [String] the next line that it says
  def says
    @process.gets&.chomp
  end

  # @return [Integer] its process id
  def pid
    @process.pid
  end

  # Closes its input and waits for its end, which must be a good one.
  def finish
    @process.close
    raise "the assistant failed: #{$CHILD_STATUS}" unless $CHILD_STATUS.success?
  end

  # Returns when it is dead.
  def kill
    Process.kill("KILL", @process.pid)
    Process.wait(@process.pid)
  rescue Errno::ESRCH, Errno::ECHILD
    nil
  end

  # The other side.
  module Roles
    module_function

    def play(role, name, *arguments)
      public_send(role, name, *arguments)
    end

    def hold_lock(name)
      Billiard::Lock.open(name) { |lock| lock.synchronize { say_and_stay("held") } }
    end

    def hold_unit(name)
      Billiard::Semaphore.open(name, 1, tracked: true) do |semaphore|
        semaphore.synchronize { say_and_stay("held") }
      end
    end

    def wait_event(name)
      Billiard::Event.open(name) do |event|
        puts "ready"
        puts event.wait(LIMIT)
      end
    end

    def set_event(name)
      Billiard::Event.open(name) do |event|
        event.set
        puts "done"
      end
    end

    def wait_condition(name)
      Billiard::Condition.open(name) do |condition|
        notified = condition.synchronize do
          puts "ready"
          condition.wait(LIMIT)
        end
        puts notified
      end
    end

    def wait_barrier(name)
      Billiard::Barrier.open(name, 2) do |barrier|
        puts "ready"
        puts barrier.wait(LIMIT)
      rescue Billiard::BrokenBarrierError
        puts "BROKEN"
      end
    end

    def add(name, count)
      Billiard::Value.open(name, "q") do |value|
        Integer(count).times { value.fetch_add(1) }
        puts "done"
      end
    end

    def take(name)
      Billiard::Queue.open(name, delivery: :at_least_once) do |queue|
        message = queue.take
        say_and_stay("held")
        message.release # not acknowledged
      end
    end

    def host_pool(name)
      Billiard::Queue.open(name) do
        Billiard::Pool.open(workers: 1) do |pool|
          held = pool.apply_async(:take, name)
          sleep 0.001 until pool.workers.any? { |worker| worker.busy? && worker.job_id == held.job_id }
          queued = pool.apply_async(:echo, 1)
          say_and_stay("busy")
          queued.discard
        end
      end
    end

    def echo_client(address, key)
      Billiard::Client.connect(address, authkey: key) do |connection|
        loop { connection.send(connection.recv) }
      rescue EOFError
        $stdin.read
      end
    rescue Billiard::AuthenticationError
      say_and_stay("AUTHENTICATION")
    end

    # One of several processes that change the same objects.
    def together(name, parties, finishers, rounds)
      shared = SharedByAll.new(name, Integer(parties), Integer(finishers))
      puts "ready"
      shared.event.wait
      shared.start.wait
      shared.change(Integer(rounds))
      shared.finish.wait
      say_and_stay(shared.state)
    end

    # One that dies while it holds their lock.
    def hold_together(name, parties)
      lock = Billiard::Lock.open("#{name}-lock")
      event = Billiard::Event.open("#{name}-event")
      start = Billiard::Barrier.open("#{name}-start", Integer(parties))
      puts "ready"
      event.wait
      lock.acquire
      start.wait
      say_and_stay("held")
      lock.unlock
    end

    def say_and_stay(word)
      puts word
      $stdin.read
    end
  end
end
