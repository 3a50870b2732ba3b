# frozen_string_literal: true

# Jobs that end well.
class Scenarios
  define(:apply_value) { with_pool(workers: 2) { |pool| "ok #{pool.apply(:add, 40, 2)}" } }
  define(:apply_nonce) { with_pool(workers: 2) { |pool| "ok #{pool.apply(:echo, nonce)}" } }
  define(:no_arguments) { with_pool(workers: 2) { |pool| "ok #{pool.apply(:count_arguments)}" } }

  define(:empty_raw_payload) do
    with_pool(workers: 2) { |pool| "ok #{pool.apply(:reverse, '', raw: true).bytesize}" }
  end

  define(:raw_bytes) { reversed(Array.new(512) { |i| i % 256 }.pack("C*")) }
  define(:large_payload) do
    reversed(Array.new(1_048_576) { |i| ((i * 31) + 7) % 256 }.pack("C*"))
  end

  define(:value_nil) do
    with_pool(workers: 2) { |pool| "ok #{Notation.of(pool.apply(:echo, nil))}" }
  end

  define(:value_kinds) do
    with_pool(workers: 2) do |pool|
      values = Peer::VALUES.map { |value| Notation.of(pool.apply(:echo, value)) }
      "ok #{values.join(' ')}"
    end
  end

  define(:many_jobs) do
    with_pool(workers: 2) do |pool|
      values = Array.new(1000) { |i| pool.apply_async(:echo, i) }.map(&:value)
      "ok #{values.each_with_index.count { |value, i| value == i }} #{values.sum}"
    end
  end

  define(:fifo_order) do
    with_queue("r") do |order|
      with_held_worker do |pool, queue, held|
        wait_until_begun(pool, held)
        puts = Array.new(20) { |i| pool.apply_async(:put, queue_name("r"), i) }
        queue.put("go")
        [held, *puts].each(&:value)
        "ok #{Array.new(20) { order.get(timeout: 0) }.join(' ')}"
      end
    end
  end

  define(:stats_busy_worker) do
    with_held_worker(workers: 2) do |pool, queue, held|
      wait_until_begun(pool, held)
      busy = pool.workers.select(&:busy?)
      job = busy.first.job_id == held.job_id ? "same" : busy.first.job_id
      pid = busy.first.pid == held.pid ? "same" : "#{busy.first.pid} #{held.pid}"
      queue.put("go")
      "busy=#{busy.size} job=#{job} pid=#{pid}; then ok #{held.value}"
    end
  end

  def reversed(payload)
    with_pool(workers: 2) do |pool|
      answer = pool.apply(:reverse, payload, raw: true)
      "ok #{answer.bytesize} #{answer == payload.reverse ? 'equal' : 'different'}"
    end
  end
end
