# frozen_string_literal: true

require_relative "support/test_case"

# Ruby programs as worker commands, and pools of several groups.
class WorkerCommandTest < BilliardTest
  PROGRAM = <<~'RUBY'
    require "billiard"
    abort "not asked for" unless Billiard::Worker.requested?
    Billiard.task(:twice) { |n| n * 2 }
    Billiard.task(:environment) { |name| ENV[name] }
    Billiard.task(:whoami) { Process.pid }
    Billiard::Worker.run
  RUBY

  def command
    [RbConfig.ruby, "-e", PROGRAM]
  end

  def test_a_pool_of_commands
    Billiard::Pool.open(workers: 2, command: command, environment: { COLOUR: "blue" }) do |pool|
      pool.wait_ready
      assert_equal 42, pool.apply(:twice, 21)
      assert_equal "blue", pool.apply(:environment, "COLOUR")
      assert_includes pool.workers.map(&:pid), pool.apply(:whoami)
      assert_raises(Billiard::UnknownTask) { pool.apply(:echo, 1) }
    end
  end

  def test_names_told_in_advance
    Billiard::Pool.open(workers: 1, command: command, tasks: %i[twice environment whoami]) do |pool|
      assert_equal 2, pool.apply(:twice, 1)
    end
  end

  def test_groups_side_by_side
    groups = [{ name: "forked", workers: 1, tasks: { own: ->(n) { n + 1 } } },
              { name: "commands", workers: 1, command: command }]
    Billiard::Pool.open(groups: groups) do |pool|
      pool.wait_ready
      assert_equal [2, 2], [pool.apply(:own, 1), pool.apply(:twice, 1)]
      assert_equal %w[forked commands], pool.workers.map(&:group)
      assert_equal 8, pool.apply(:twice, 4, group: "commands")
      assert_raises(Billiard::UnknownTask, Billiard::InvalidError, Billiard::NotFoundError) do
        pool.apply(:twice, 4, group: "nowhere")
      end
    end
  end

  def test_a_program_that_is_no_worker
    refute_predicate Billiard::Worker, :requested?
    assert_raises(Billiard::StateError) { Billiard::Worker.run }
  end

  def test_a_killed_command_is_replaced
    Billiard::Pool.open(workers: 1, command: command) do |pool|
      pool.wait_ready
      pid = pool.apply(:whoami)
      Process.kill("KILL", pid)
      wait_until { pool.workers.any? { |worker| worker.pid && worker.pid != pid } }
      refute_equal pid, pool.apply(:whoami)
    end
  end
end
