# frozen_string_literal: true

require_relative "support/test_case"

# One task over many items.
class MapsTest < BilliardTest
  Billiard.task(:double) { |n| n * 2 }
  Billiard.task(:sum) { |a, b| a + b }
  Billiard.task(:fail_odd) { |n| n.even? ? n : raise(ArgumentError, "odd #{n}") }
  Billiard.task(:kill_at_two) { |n| n == 2 ? Process.kill("KILL", Process.pid) && sleep : n }
  Billiard.task(:own_pid) { |_item| Process.pid }
  Billiard.task(:upper) { |bytes| bytes.upcase }

  def with_pool(workers: 2, **options, &block)
    Billiard::Pool.open(workers: workers, **options, &block)
  end

  # Takes what comes, whatever is raised while it waits.
  def take_all(iterator, values)
    loop { values << Thread.handle_interrupt(KeyError => :on_blocking) { iterator.next } }
  rescue KeyError
    retry
  end

  def test_values_in_the_order_of_the_items
    with_pool do |pool|
      assert_equal Array.new(100) { |i| i * 2 }, pool.map(:double, 0...100)
      assert_equal [2, 4, 6], pool.map(:double, [1, 2, 3], chunk_size: 2)
      assert_equal [3, 7], pool.starmap(:sum, [[1, 2], [3, 4]])
      assert_equal ["AB".b, "C".b], pool.map(:upper, %w[ab c], raw: true)
      assert_equal [], pool.map(:double, [], chunk_size: 20)
      assert_equal [2, 4, 6], pool.map(:double, [1, 2, 3].lazy) # of unknown length
      assert_equal [[1], [{ "a" => 1 }]], pool.map(:echo, [[1], [{ a: 1 }]])
    end
  end

  def test_the_outcome_of_a_map
    with_held_job do |held, queue, pool|
      result = pool.map_async(:double, [1, 2], correlation_id: 7)
      refute_predicate result, :ready?
      refute_predicate result, :accepted?
      refute result.wait(0)
      assert_raises(Billiard::TimeoutError) { result.value(timeout: 0.02) }
      assert_raises(Billiard::StateError) { result.successful? }
      queue.put(HELD)
      assert_equal [2, 4], result.value
      assert_equal [2, 4], result.value
      assert_equal [2, 7, [held.pid]], [result.count, result.correlation_id, result.pids]
      assert_predicate result, :accepted?
      assert_predicate result, :successful?
      assert_operator result.job_id, :>, held.job_id
    end
  end

  def test_the_first_failure_decides
    with_pool(workers: 1) do |pool|
      error = assert_raises(Billiard::TaskError) { pool.map(:fail_odd, 0...10, chunk_size: 1) }
      assert_equal "ArgumentError: odd 1", error.message
      assert_raises(Billiard::WorkerLostError) { pool.map(:kill_at_two, 0...4) }
      assert_raises(Billiard::UnknownTask) { pool.map(:no_such_task, [1]) }
      assert_equal [2], pool.map(:double, [1])
    end
  end

  def test_items_that_can_not_be_sent
    with_pool do |pool|
      error = assert_raises(Billiard::EncodingError) { pool.map(:echo, [1, proc {}]) }
      assert_includes error.message, "item 1"
      assert_raises(KeyError) { pool.map(:echo, Enumerator.new { raise KeyError }) }
      assert_raises(TypeError) { pool.map(:echo, 7) }
      assert_raises(TypeError) { pool.starmap(:sum, [7]) }
      assert_raises(TypeError) { pool.map(:echo, [1], chunk_size: "1") }
      assert_raises(ArgumentError) { pool.map(:echo, [1], chunk_size: 0) }
      assert_raises(ArgumentError) { pool.map(:echo, [1], no_such_option: 0) }
    end
  end

  def test_recycled_workers_lose_nothing
    with_pool(max_tasks_per_child: 1) do |pool|
      pids = pool.map(:own_pid, 0...20, chunk_size: 2)
      assert_equal 10, pids.uniq.size
    end
  end

  def test_a_limit_holds_for_each_chunk
    Billiard.task(:stay) { |_item| sleep }
    with_pool do |pool|
      assert_raises(Billiard::TimeLimitExceeded) { pool.map(:stay, 0...2, time_limit: 0.1) }
      assert_raises(Billiard::SoftTimeLimitExceeded) do
        pool.map(:stay, 0...2, soft_time_limit: 0.1, chunk_size: 2)
      end
    end
  end

  def test_callbacks_of_a_map
    told = []
    with_pool do |pool|
      pool.map_async(:double, 1..3, callback: ->(values) { told << values })
      pool.pump(nil) until told.any?
      pool.map_async(:fail_odd, 1..3, error_callback: ->(error) { told << error.class })
      pool.pump(nil) until told.size == 2
    end
    assert_equal [[2, 4, 6], Billiard::TaskError], told
  end

  def test_imap_in_order
    with_pool do |pool|
      assert_equal Array.new(50) { |i| i * 2 }, pool.imap(:double, 0...50).to_a
      values = []
      assert_nil(pool.imap(:double, 0...50, chunk_size: 7) { |value| values << value })
      assert_equal Array.new(50) { |i| i * 2 }, values
      assert_equal [], pool.imap(:double, []).to_a
    end
  end

  def test_imap_unordered
    with_pool do |pool|
      assert_equal Array.new(50) { |i| i * 2 }, pool.imap_unordered(:double, 0...50).sort
    end
    with_held_job do |held, queue, pool|
      pool.grow
      iterator = pool.imap_unordered(:echo, [1, 2, 3])
      assert_equal [1, 2, 3], iterator.sort
      queue.put(HELD)
      held.value
    end
  end

  def test_items_without_end
    read = 0
    items = Enumerator.new { |item| loop { item << (read += 1) } }
    with_pool do |pool|
      iterator = pool.imap(:double, items, look_ahead: 5)
      assert_equal [2, 4, 6], iterator.first(3)
      assert_operator read, :<=, 9
      assert_equal [8, 10], iterator.lazy.first(2)
      iterator.close
      assert_raises(StopIteration) { iterator.next }
    end
  end

  def test_an_item_fails_alone
    with_pool do |pool|
      iterator = pool.imap(:fail_odd, 0...4)
      outcomes = Array.new(4) do
        iterator.next
      rescue Billiard::TaskError => e
        e.remote_message
      end
      assert_equal [0, "odd 1", 2, "odd 3"], outcomes
      2.times { assert_raises(StopIteration) { iterator.next } }
      iterator = pool.imap(:fail_odd, 0...4, chunk_size: 4)
      assert_raises(Billiard::TaskError) { iterator.each { |value| assert_equal 0, value } }
      assert_raises(Billiard::TaskError) { iterator.each { |value| assert_equal 2, value } }
      assert_equal [], iterator.to_a
    end
  end

  def test_a_lost_worker_costs_its_item
    with_pool(workers: 1) do |pool|
      outcomes = []
      iterator = pool.imap(:kill_at_two, 0...4)
      begin
        iterator.each { |value| outcomes << value }
      rescue Billiard::WorkerLostError => e
        outcomes << e.signal
        retry
      end
      assert_equal [0, 1, 9, 3], outcomes
    end
  end

  def test_items_that_raise
    items = Enumerator.new do |item|
      item << 1 << 2
      raise KeyError, "no third"
    end
    with_pool do |pool|
      iterator = pool.imap(:double, items)
      assert_equal [2, 4], [iterator.next, iterator.next]
      assert_equal "no third", assert_raises(KeyError) { iterator.next }.message
      assert_raises(StopIteration) { iterator.next }
      iterator = pool.imap(:echo, [1, proc {}, 3])
      assert_equal 1, iterator.next
      assert_raises(Billiard::EncodingError) { iterator.next }
      assert_raises(StopIteration) { iterator.next }
    end
  end

  def test_waiting_for_a_value_ends_early
    with_held_job do |held, queue, pool|
      iterator = pool.imap(:echo, [1, 2])
      assert_raises(Billiard::TimeoutError) { iterator.next(timeout: 0) }
      assert_raises(Billiard::TimeoutError) { iterator.next(timeout: 0.02) }
      assert_raises(Timeout::Error) { Timeout.timeout(0.02) { iterator.next } }
      queue.put(HELD)
      assert_equal [1, 2], iterator.to_a
      held.value
    end
  end

  # An exception that comes with a value must not take the value with it.
  def test_interrupted_waits_lose_no_value
    with_pool do |pool|
      iterator = pool.imap(:echo, [*0...300])
      values = []
      taker = Thread.handle_interrupt(KeyError => :never) do
        Thread.new { take_all(iterator, values) } # with this mask from its beginning
      end
      while taker.alive?
        taker.raise(KeyError)
        Thread.pass
      end
      taker.join
      assert_equal [*0...300], values
    end
  end

  def test_a_closed_pool_ends_the_input
    with_pool do |pool|
      iterator = pool.imap(:echo, (0..), look_ahead: 3)
      assert_equal 0, iterator.next
      pool.close
      values = []
      assert_raises(Billiard::StateError) { iterator.each { |value| values << value } }
      assert_equal [*1..values.size], values
      assert_raises(StopIteration) { iterator.next }
    end
  end

  def test_wrong_options_of_an_iteration
    with_pool do |pool|
      assert_raises(ArgumentError) { pool.imap(:echo, [1], chunk_size: 0) }
      assert_raises(ArgumentError) { pool.imap(:echo, [1], look_ahead: -1) }
      assert_raises(ArgumentError) { pool.imap(:echo, [1], callback: -> {}) }
      assert_raises(TypeError) { pool.imap(:echo, nil) }
      assert_raises(Billiard::UnknownTask) { pool.imap(:no_such_task, [1]) }
    end
  end

  def test_a_forked_child_is_refused
    with_held_job do |held, queue, pool|
      result = pool.map_async(:echo, [1])
      iterator = pool.imap(:echo, [2])
      calls = [-> { pool.map(:echo, [1]) }, -> { pool.imap(:echo, [1]) }, -> { result.value },
               -> { iterator.next }]
      calls.each { |call| assert_equal "Billiard::ForkedError", in_child(&call) }
      queue.put(HELD)
      assert_equal [HELD, [1], [2]], [held.value, result.value, iterator.to_a]
    end
  end

  def test_many_threads_take_from_one_iterator
    with_pool do |pool|
      iterator = pool.imap(:echo, [*0...200])
      threads = Array.new(3) { Thread.new { iterator.to_a } }
      assert_equal [*0...200], threads.flat_map(&:value).sort
    end
  end

  def test_forgotten_maps_and_iterations_are_collected
    with_pool(max_jobs: 64) do |pool|
      50.times do
        pool.map_async(:echo, [*0...8])
        pool.imap(:echo, [1, 2])
      end
      assert_equal [1], pool.map(:echo, [1])
    end
  end
end
