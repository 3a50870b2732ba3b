# frozen_string_literal: true

require_relative "support/test_case"

# Much of everything, for long. Tagged storm: `tools/test --all` runs it.
class StormTest < BilliardTest
  WATCHDOG_SECONDS = 600

  class Stop < StandardError; end

  Billiard.task(:count) do |name, number|
    Billiard::Queue.open(name) { |queue| queue.put(number) }
    number
  end

  # Each job has one outcome and runs once at most, while workers are killed at any moment.
  def test_workers_are_killed_all_the_time
    Billiard::Queue.open(queue_name) do |begun|
      Billiard::Pool.open(workers: 3) do |pool|
        random = Random.new(seed)
        stop = false
        killer = Thread.new { kill_somebody(pool, random) until stop }
        outcomes = (0...20).flat_map { |round| play_round(pool, round * 500) }
        stop = true
        killer.join
        assert_equal 10_000, outcomes.compact.size + outcomes.count(nil)
        runs = Array.new(begun.size) { begun.get(timeout: 0) }
        assert_equal runs.uniq.size, runs.size
        assert_empty outcomes.compact - runs
      end
    end
  end

  def test_no_message_is_lost_to_exceptions
    random = Random.new(seed)
    queue = Billiard::Queue.new(capacity: 50)
    got = []
    finished = false
    taker = Thread.handle_interrupt(Stop => :never) do
      Thread.new { take_some(queue, got) until finished }
    end
    20_000.times do |i|
      queue.put(i)
      taker.raise(Stop) if random.rand < 0.5
    end
    wait_until { queue.empty? }
    finished = true
    taker.raise(Stop)
    taker.join
    assert_equal [*0...20_000], got
  end

  def test_a_thousand_pools_leave_nothing
    use_a_pool
    before = resources
    1000.times { use_a_pool }
    GC.start
    assert_operator resources[:files], :<=, before[:files]
    assert_operator resources[:threads], :<=, before[:threads]
    assert_operator resources[:mappings], :<=, before[:mappings] + 50
  end

  def test_dropped_results_of_many_threads
    Billiard::Pool.open(workers: 2, max_jobs: 200) do |pool|
      threads = Array.new(4) do |t|
        Thread.new do
          (0...2000).filter_map do |i|
            result = pool.apply_async(:echo, [t, i])
            result.value if (i % 500).zero?
          end
        end
      end
      threads.each_with_index do |thread, t|
        assert_equal [0, 500, 1000, 1500].map { |i| [t, i] }, thread.value
      end
    end
  end

  private

  def seed
    Minitest.seed.tap { |seed| puts "seed #{seed}" }
  end

  def play_round(pool, first)
    jobs = Array.new(500) { |i| pool.apply_async(:count, queue_name, first + i) }
    jobs.each_with_index.map do |job, i|
      assert_equal first + i, job.value
      first + i
    rescue Billiard::WorkerLostError
      nil
    end
  end

  def kill_somebody(pool, random)
    pid = pool.workers.filter_map(&:pid).sample(random: random)
    Process.kill("KILL", pid) if pid
    sleep random.rand * 0.01
  rescue Errno::ESRCH
    nil
  end

  def take_some(queue, got)
    Thread.handle_interrupt(Stop => :immediate) { loop { got << queue.get } }
  rescue Stop
    nil
  end

  def use_a_pool
    Billiard::Pool.open(workers: 1) { |pool| pool.apply(:echo, 1) }
  end

  def resources
    { files: Dir.children("/proc/self/fd").size, threads: Dir.children("/proc/self/task").size,
      mappings: File.foreach("/proc/self/maps").count }
  end
end
