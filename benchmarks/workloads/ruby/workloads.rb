# frozen_string_literal: true

# The workloads of benchmarks/README.md through the Ruby layer.
#   workloads WORKLOAD [--name=number]...

require "billiard"
require_relative "measure"

# One method for each workload; `@given` has the numbers of the command line.
class Workloads
  def initialize(name, given)
    @name = name
    @given = given
    @seconds = given["seconds"]
  end

  def pool
    bytes = "x" * number("bytes")
    with_pool(number("workers")) do |pool|
      throughput do |items|
        flying = []
        items.times do
          flying << pool.apply_async(:no_op, bytes)
          flying.shift.value if flying.size >= number("in_flight")
        end
        flying.each(&:value)
      end
    end
  end

  def apply
    bytes = "x" * number("bytes")
    with_pool(1) { |pool| latency { pool.apply(:no_op, bytes) } }
  end

  def map
    numbers = [3] * number("items")
    with_pool(number("workers")) do |pool|
      latency { raise "wrong sum" unless pool.map(:add_one, numbers).sum == 4 * numbers.size }
    end
  end

  def queue
    queue = Billiard::Queue.new(capacity: number("bytes") > 65_536 ? 16 : 1000)
    data = "x" * number("bytes")
    child { loop { queue.put_bytes(data) } }
    throughput { |items| items.times { queue.get_bytes } }
  end

  def queue_in_place
    queue = Billiard::Queue.new(capacity: number("bytes") > 65_536 ? 16 : 1000)
    size = number("bytes")
    child { loop { queue.reserve(size, &:commit) } }
    throughput { |items| items.times { queue.take(&:raw?) } }
  end

  def queue_many
    queue = Billiard::Queue.new(capacity: 1000)
    counts = Billiard::Array.new("q", 16, lock: false)
    data = "x" * number("bytes")
    number("producers").times { child { loop { queue.put_bytes(data) } } }
    [number("consumers") - 1, 16].min.times do |i|
      child { (1..).each { |got| queue.get_bytes && counts[i] = got } }
    end
    throughput { |items| together(counts, items) { queue.get_bytes } }
  end

  def ping_pong
    there = Billiard::Queue.new(capacity: 10)
    back = Billiard::Queue.new(capacity: 10)
    data = "x" * number("bytes")
    child { loop { back.put_bytes(there.get_bytes) } }
    latency do
      there.put_bytes(data)
      back.get_bytes
    end
  end

  def lock = alone(Billiard::Lock.new)
  def semaphore = alone(Billiard::BoundedSemaphore.new(1))
  def lock_contended = contended(Billiard::Lock.new)
  def semaphore_contended = contended(Billiard::BoundedSemaphore.new(1))

  def event
    there = Billiard::Event.new
    back = Billiard::Event.new
    child { loop { await(there) && back.set } }
    latency do
      there.set
      await(back)
    end
  end

  def condition
    condition = Billiard::Condition.new
    theirs = Billiard::Value.new("i", 0, lock: false)
    hand_over = lambda do |to|
      condition.synchronize do
        condition.wait while theirs.value == to
        theirs.value = to
        condition.notify
      end
    end
    child { loop { hand_over.call(0) } }
    latency do
      hand_over.call(1)
      condition.synchronize { condition.wait while theirs.value == 1 }
    end
  end

  def pool_start
    starts = []
    ends = []
    finish = Measure.now + (@seconds * 1e9)
    while Measure.now < finish || starts.size < 5
      begun = Measure.now
      pool = new_pool(number("workers"))
      pool.apply(:no_op)
      first = Measure.now
      pool.close
      pool.join
      starts << (first - begun).to_f
      ends << (Measure.now - first).to_f
      pool.release
    end
    Measure.report("pool_start", Measure.of_samples(starts), "start")
    Measure.report("pool_start", Measure.of_samples(ends), "end")
  end

  def kill
    runs = Billiard::Value.new("q", 0, lock: false)
    tasks = { hang: -> { loop { runs.value } }, hang_once: -> { loop { runs.value } if runs.fetch_add(1).zero? } }
    failed = []
    rerun = []
    Billiard::Pool.open(workers: number("workers"), tasks: tasks) do |pool|
      pool.wait_ready
      finish = Measure.now + (@seconds * 1e9)
      while Measure.now < finish || failed.size < 10
        failed << from_kill(pool.apply_async(:hang)) { |job| raise "it was not lost" unless lost?(job) }
        runs.value = 0
        job = pool.apply_async(:hang_once, retries: 1)
        Thread.pass while runs.value.zero?
        rerun << from_kill(job, &:value)
      end
    end
    Measure.report("kill", Measure.of_samples(failed), "failed")
    Measure.report("kill", Measure.of_samples(rerun), "rerun")
  end

  def value_add
    value = Billiard::Value.new("q", 0)
    throughput { |items| items.times { value.fetch_add(1) } }
  end

  def value_locked_add
    value = Billiard::Value.new("q", 0)
    throughput { |items| items.times { value.synchronize { value.value += 1 } } }
  end

  def array_copy
    data = "x" * (number("bytes") / 8 * 8)
    array = Billiard::Array.new("d", data.bytesize / 8, lock: false)
    throughput { |items| items.times { array.write(0, data) } }
  end

  # What stands still, to be looked at by benchmarks/driver/held.py.

  def idle
    with_pool(number("workers")) do |pool|
      pool.apply(:no_op)
      stand_still(pool.workers.map(&:pid))
    end
  end

  def queued
    pool = Billiard::Pool.new(workers: 1, tasks: { hang: -> { sleep }, no_op: ->(_bytes) {} })
    first = pool.apply_async(:hang)
    Thread.pass until first.accepted?
    bytes = "x" * number("bytes")
    jobs = Array.new(number("items")) { pool.apply_async(:no_op, bytes) }
    stand_still(pool.workers.map(&:pid))
    jobs.clear
    pool.release
  end

  def floor = stand_still([child { sleep }])

  private

  def stand_still(pids)
    puts "{\"name\": \"#{@name}\", \"state\": \"ready\", \"workers\": [#{pids.join(', ')}]}"
    $stdout.flush
    $stdin.read
  end

  def number(name) = @given[name].to_i
  def throughput(&block) = Measure.report(@name, Measure.throughput(@seconds, &block))
  def latency(&block) = Measure.report(@name, Measure.latency(@seconds, &block))

  def new_pool(workers)
    Billiard::Pool.new(workers: workers, tasks: { no_op: ->(_bytes = nil) {}, add_one: ->(n) { n + 1 } })
  end

  def with_pool(workers)
    pool = new_pool(workers)
    pool.wait_ready
    yield pool
  ensure
    pool&.release
  end

  # A process that lives no longer than this one.
  def child(&block)
    parent = Process.pid
    pid = fork do
      Thread.new do
        sleep 0.5 while Process.ppid == parent
        exit!
      end
      block.call
    end
    at_exit { Process.kill("KILL", pid) if Process.pid == parent }
    pid
  end

  def alone(kind)
    throughput do |items|
      items.times do
        kind.acquire
        give_back(kind)
      end
    end
  end

  def contended(kind)
    counts = Billiard::Array.new("q", 16, lock: false)
    [number("processes") - 1, 16].min.times do |i|
      child do
        (1..).each do |pairs|
          kind.acquire
          give_back(kind)
          counts[i] = pairs
        end
      end
    end
    throughput do |items|
      together(counts, items) do
        kind.acquire
        give_back(kind)
      end
    end
  end

  def give_back(kind) = kind.is_a?(Billiard::Lock) ? kind.unlock : kind.post

  # `items` steps of all processes, of which this one does its part; it looks every 32 steps.
  def together(counts, items)
    before = counts[0..].sum
    mine = 0
    while mine + counts[0..].sum - before < items
      32.times { yield }
      mine += 32
    end
  end

  def await(event)
    event.wait
    event.clear
    true
  end

  def lost?(job)
    job.value
    false
  rescue Billiard::WorkerLostError
    true
  end

  # Nanoseconds from the death of the job's worker to the end of the block.
  def from_kill(job)
    Thread.pass until job.accepted?
    pid = job.pid
    begun = Measure.now
    Process.kill("KILL", pid)
    yield job
    (Measure.now - begun).to_f
  end
end

name, given = Measure.arguments(ARGV)
workloads = Workloads.public_instance_methods(false).map(&:to_s)
abort("usage: workloads WORKLOAD [--name=number]...; the workloads are: #{workloads.sort.join(' ')}") unless workloads.include?(name)
Workloads.new(name, given).public_send(name)
