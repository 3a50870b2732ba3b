# frozen_string_literal: true

require "timeout"

# Waits that end early, and the end of a pool.
class Scenarios
  define(:timeout_then_value) do
    with_held_worker do |_pool, queue, held|
      early = error { held.value(timeout: 0.05) }
      queue.put("go")
      "#{early}; then ok #{held.value}"
    end
  end

  define(:timeout_zero_polls) do
    with_held_worker do |pool, queue, held|
      wait_until_begun(pool, held)
      early = error { held.value(timeout: 0) }
      queue.put("go")
      "#{early}; then ok #{held.value}"
    end
  end

  define(:interrupt_ends_wait) do
    with_held_worker do |_pool, queue, held|
      interrupted = begin
        Timeout.timeout(0.05) { held.value }
      rescue Timeout::Error
        "interrupted"
      end
      queue.put("go")
      "#{interrupted}; then ok #{held.value}"
    end
  end

  define(:submit_after_close) do
    with_pool(workers: 2) do |pool|
      pool.close
      error { pool.apply_async(:echo, 1) }
    end
  end

  define(:close_completes) do
    with_pool(workers: 2) do |pool|
      results = Array.new(50) { |i| pool.apply_async(:echo, i) }
      pool.close.join
      "ok #{results.sum { |result| result.value(timeout: 0) }}"
    end
  end

  define(:terminate_resolves) do
    with_held_worker do |pool, _queue, held|
      wait_until_begun(pool, held)
      results = [held] + Array.new(3) { |i| pool.apply_async(:echo, i + 1) }
      pool.terminate.join
      results.map { |result| status_or_value { result.value(timeout: 0) } }.join(" ")
    end
  end

  define(:join_before_close) { with_pool(workers: 2) { |pool| error { pool.join } } }
end
