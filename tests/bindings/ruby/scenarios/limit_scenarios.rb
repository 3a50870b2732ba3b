# frozen_string_literal: true

# Limits, recycled workers, jobs that are ended, expire or are run again.
class Scenarios
  define(:hard_limit) do
    with_queue do
      with_pool(workers: 1) do |pool|
        "#{error { pool.apply(:take, queue_name, time_limit: 0.2) }}; #{still_works(pool)}"
      end
    end
  end

  define(:soft_limit) do
    with_pool(workers: 1) { |pool| "ok #{pool.apply(:wait_for_soft_limit, soft_time_limit: 0.2)}" }
  end

  define(:recycled_workers) do
    with_pool(workers: 1, max_tasks_per_child: 2) do |pool|
      "ok #{Array.new(6) { pool.apply(:own_pid) }.uniq.size}"
    end
  end

  define(:terminate_job) do
    with_held_worker do |pool, _queue, held|
      wait_until_begun(pool, held)
      held.terminate
      "#{error { held.value }}; #{still_works(pool)}"
    end
  end

  define(:priorities) do
    with_queue("r") do |order|
      with_held_worker do |pool, queue, held|
        wait_until_begun(pool, held)
        [[1, -1], [2, 0], [3, 1]].each do |value, priority|
          pool.apply_async(:put, queue_name("r"), value, priority: priority)
        end
        queue.put("go")
        "ok #{Array.new(3) { order.get }.join(' ')}"
      end
    end
  end

  define(:expired_job) do
    with_held_worker do |pool, queue, held|
      wait_until_begun(pool, held)
      expired = error { pool.apply(:echo, 1, expires: 0.1) }
      queue.put("go")
      "#{expired}; #{still_works(pool)}"
    end
  end

  define(:retried_job) do
    with_queue do |queue|
      queue.put(1)
      with_pool(workers: 1) { |pool| "ok #{pool.apply(:killed_once, queue_name, retries: 1)}" }
    end
  end

  define(:grow_and_shrink) do
    with_pool(workers: 2) do |pool|
      counts = []
      [[:grow, 2, 4], [:shrink, 3, 1], [:shrink, 0, 1]].each do |change, count, expected|
        pool.public_send(change, count)
        counts << workers_once(pool, expected)
      end
      "#{counts.join(' ')} #{error { pool.shrink(5) }}"
    end
  end

  define(:restart_idle) do
    with_pool(workers: 2) do |pool|
      pool.wait_ready
      before = pool.workers.map(&:pid)
      pool.restart
      sleep 0.001 until (pool.workers.map(&:pid) & before).empty? && pool.stats.ready == 2
      "ok #{pool.stats.ready}"
    end
  end

  # How many workers there are, once there are so many.
  def workers_once(pool, expected)
    loop do
      count = pool.workers.count { |worker| worker.pid && worker.state != :leaving }
      return count if count == expected

      sleep 0.001
    end
  end
end
