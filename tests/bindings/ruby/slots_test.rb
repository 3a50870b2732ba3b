# frozen_string_literal: true

require_relative "support/test_case"

# Which jobs go first, which have to wait before they are submitted, and which are refused.
class SlotsTest < BilliardTest
  Billiard.task(:put) { |name, value| Billiard::Queue.open(name) { |queue| queue.put(value) } && nil }

  def test_priorities
    Billiard::Queue.open(queue_name("order")) do |order|
      with_held_job do |held, queue, pool|
        wait_until_begun(pool, held)
        [[-1, 1], [0, 2], [1, 3]].each do |priority, number|
          pool.apply_async(:put, queue_name("order"), number, priority: priority)
        end
        queue.put(HELD)
        assert_equal [3, 2, 1], Array.new(3) { order.get }
        assert_raises(ArgumentError) { pool.apply_async(:pid, priority: 4) }
        assert_raises(TypeError) { pool.apply_async(:pid, priority: "1") }
      end
    end
  end

  def test_submitting_waits_for_a_slot
    with_held_job(slots: 1) do |held, queue, pool|
      assert_equal [1, 1], pool.slots
      waiting = pool.apply_async(:echo, 1, wait_for_slot: true)
      assert_equal [0, 1], pool.slots
      assert_raises(Billiard::PoolFull) do
        pool.apply_async(:echo, 2, wait_for_slot: true, submit_timeout: 0.02)
      end
      submitting = Thread.new { pool.apply_async(:echo, 3, wait_for_slot: true) }
      wait_until_asleep(submitting)
      queue.put(HELD)
      assert_equal [HELD, 1, 3], [held.value, waiting.value, submitting.value.value]
      wait_until { pool.slots == [1, 1] }
    end
  end

  def test_slots_for_all_jobs
    with_held_job(wait_for_slots: true) do |held, queue, pool|
      assert_equal [0, 1], pool.slots
      assert_raises(Billiard::PoolFull) { pool.apply_async(:echo, 1, submit_timeout: 0) }
      second = pool.apply_async(:echo, 2, wait_for_slot: false)
      submitting = Thread.new { pool.apply_async(:echo, 1) }
      submitting.report_on_exception = false
      wait_until_asleep(submitting)
      pool.close
      assert_raises(Billiard::StateError) { submitting.value }
      queue.put(HELD)
      assert_equal [HELD, 2], [held.value, second.value]
    end
  end

  def test_acceptances_are_told_before_the_end
    told = []
    with_held_job do |_held, queue, pool|
      queue.put(HELD)
      result = pool.apply_async(:take, queue_name, accept_callback: ->(pid, _time) { told << pid })
      pool.pump(nil) until told.any?
      refute_predicate result, :ready?
      assert_equal [result.pid], told
      queue.put(HELD)
      assert_equal HELD, result.value
    end
  end

  def test_an_acceptance_is_answered
    told = []
    Billiard::Pool.open(workers: 1, synack: true) do |pool|
      result = pool.apply_async(:echo, 1, accept_callback: ->(*) { told << :accepted },
                                          callback: ->(value) { told << value })
      refute result.wait(0.05)
      pool.pump(nil) until told.size == 2
      assert_equal [:accepted, 1], told
    end
  end

  def test_an_acceptance_is_refused
    Billiard::Pool.open(workers: 1, synack: true) do |pool|
      errors = []
      result = pool.apply_async(:echo, 1, accept_callback: ->(*) { raise "not this one" },
                                          error_callback: ->(error) { errors << error })
      capture_io { pool.pump(nil) until errors.any? }
      assert_kind_of Billiard::RejectedError, errors.first
      assert_includes errors.first.message, "not this one"
      assert_raises(Billiard::RejectedError) { result.value }
      cancelled = pool.apply_async(:echo, 2, accept_callback: ->(*) {}).cancel
      assert_raises(Billiard::RejectedError) { cancelled.value }
      assert_raises(Billiard::StateError) { pool.apply_async(:echo, 3).cancel }
      assert_equal 4, pool.apply(:echo, 4)
    end
  end

  def test_wrong_options
    assert_raises(ArgumentError) { Billiard::Pool.open(workers: 1, slots: 0) }
    assert_raises(TypeError) { Billiard::Pool.open(workers: 1, slots: "1") }
    assert_raises(ArgumentError) { Billiard::Pool.open(workers: 1, synack_timeout: -1) }
  end
end
