# frozen_string_literal: true

require_relative "support/test_case"

# Statistics of a pool that another program has.
class PoolWatchTest < BilliardTest
  # Two pools; the first, of two workers in two groups, has done a job, runs another and has one queued.
  HOST = <<~'RUBY'
    require "billiard"
    Billiard.task(:echo) { |value| value }
    Billiard.task(:take) { |name| Billiard::Queue.open(name, &:get) }
    queue = Billiard::Queue.open(ARGV[0])
    groups = [{ name: "odd", workers: 1 }, { name: "even", workers: 1 }]
    busy = Billiard::Pool.new(groups: groups).wait_ready
    idle = Billiard::Pool.new(workers: 1).wait_ready
    busy.apply(:echo, 1, group: "even")
    held = busy.apply_async(:take, ARGV[0], group: "even")
    sleep 0.001 until held.accepted?
    queued = busy.apply_async(:echo, 2, group: "even")
    puts held.job_id
    $stdout.flush
    $stdin.read
  RUBY

  # Yields the host's process id and the id of the job that it runs.
  def with_host
    IO.popen(ruby(HOST, queue_name), "r+") do |host|
      yield host.pid, Integer(host.gets)
    ensure
      Process.kill("KILL", host.pid)
    end
  end

  def test_a_stopped_program_is_watched
    with_host do |pid, job_id|
      Process.kill("STOP", pid) # nobody there to answer
      Billiard::PoolWatch.open(pid) do |watch|
        stats = watch.stats
        assert_equal [3, 1, 1, 1], [stats.submitted, stats.succeeded, stats.running, stats.queued]
        odd, even = watch.workers
        assert_equal [["odd", :idle], ["even", :busy]], [[odd.group, odd.state], [even.group, even.state]]
        assert_equal [nil, job_id], [odd.job_id, even.job_id]
        assert_operator even.memory_kib, :>, 0
        assert process_alive?(even.pid)
      end
      assert_equal 1, Billiard::PoolWatch.new(pid, index: 1).stats.ready
      assert_raises(Billiard::NotFoundError) { Billiard::PoolWatch.new(pid, index: 2) }
    end
  end

  def test_the_end_of_the_program_is_told
    watch = with_host { |pid, _job_id| Billiard::PoolWatch.new(pid) }
    error = assert_raises(Billiard::ClosedError) { watch.stats }
    assert_match(/has ended/, error.message)
    assert_nil watch.release
    assert_nil watch.release
    assert_raises(Billiard::ClosedError) { watch.workers }
    assert_raises(Billiard::NotFoundError) { Billiard::PoolWatch.new(watch.pid) }
  end

  def test_a_program_without_a_pool
    error = assert_raises(Billiard::NotFoundError) { Billiard::PoolWatch.new(Process.pid) }
    assert_includes error.message, Process.pid.to_s
    [[0, 0], [1 << 40, 0], [Process.pid, -1]].each do |pid, index|
      assert_raises(ArgumentError) { Billiard::PoolWatch.new(pid, index: index) }
    end
    assert_raises(TypeError) { Billiard::PoolWatch.new("1") }
    assert_raises(TypeError) { Billiard::PoolWatch.new(1, index: nil) }
  end
end
