# frozen_string_literal: true

# Named queues.
class Scenarios
  define(:queue_order) do
    with_queue(capacity: 10) do |queue|
      (1..5).each { |i| queue.put(i) }
      "ok #{Array.new(5) { queue.get }.join(' ')}"
    end
  end

  define(:queue_full) do
    with_queue(capacity: 2) do |queue|
      queue.put(1).put(2)
      statuses = [0, 0.05].map { |timeout| status_or_value { queue.put(3, timeout: timeout) } }
      "#{statuses.join(' ')} size=#{queue.size}"
    end
  end

  define(:queue_empty) do
    with_queue do |queue|
      [0, 0.05].map { |timeout| status_or_value { queue.get(timeout: timeout) } }.join(" ")
    end
  end

  define(:queue_closed) do
    with_queue do |queue|
      queue.put(1)
      queue.close
      [status_or_value { queue.put(2) }, status_or_value { queue.get }].join(" ")
    end
  end

  define(:queue_closed_for_all) do
    with_queue do |first|
      with_queue do |second|
        first.put(1)
        first.close_all
        outcomes = [status_or_value { second.put(2) }]
        2.times { outcomes << status_or_value { second.get } }
        outcomes.join(" ")
      end
    end
  end

  define(:queue_too_large) do
    with_queue(max_message: 1000) do |queue|
      failed = error_naming("2000") { queue.put_bytes("x" * 2000, timeout: 0) }
      "#{failed}; then ok #{queue.put(7).get}"
    end
  end

  # Needs a peer in another process: played by Peer.
  define(:queue_between_languages) { raise "played with --peer only" }
end
