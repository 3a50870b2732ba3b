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

  define(:queue_batch) do
    with_queue do |queue|
      queue.put_batch(1..5)
      "ok #{queue.get_batch(3).join(' ')}; then ok #{queue.get_batch(10).join(' ')}"
    end
  end

  define(:queue_in_place) do
    bytes = Array.new(512) { |i| i % 256 }.pack("C*")
    with_queue do |queue|
      queue.reserve(512) { |reservation| reservation.write(0, bytes).commit }
      message = queue.take
      taken = message.bytes
      message.acknowledge
      "ok #{taken.bytesize} #{taken == bytes ? 'equal' : 'different'} size=#{queue.size}"
    end
  end

  define(:queue_redelivery) do
    Billiard::Queue.open(object_name, delivery: :at_least_once) do |queue|
      queue.put(7)
      with_assistant("take") do |assistant|
        assistant.says
        assistant.kill
        queue.take { |message| "ok #{message.value} redelivered=#{message.redelivered}" }
      end
    end
  end

  define(:queue_fd) do
    with_queue do |queue|
      readable = -> { !IO.select([queue], nil, nil, 0).nil? }
      outcomes = [readable.call]
      queue.put(1)
      outcomes << !IO.select([queue]).nil?
      queue.get
      assert_empty_seen(queue)
      "ok #{[*outcomes, readable.call].join(' ')}"
    end
  end

  define(:joinable_queue) do
    queue = Billiard::JoinableQueue.new
    queue.put(1).put(2)
    outcomes = [joined?(queue)]
    2.times do
      queue.get
      queue.task_done
    end
    outcomes << joined?(queue)
    "ok #{outcomes.join(' ')}; then #{error_naming('too many times') { queue.task_done }}"
  end

  define(:simple_queue) do
    queue = Billiard::SimpleQueue.new
    outcomes = [queue.empty?]
    queue.put(1)
    outcomes << queue.empty? << queue.get
    queue.close
    "ok #{[*outcomes, status_or_value { queue.put(2) }].join(' ')}"
  end

  # The descriptor stays readable until a get finds the queue empty.
  def assert_empty_seen(queue)
    queue.get(timeout: 0)
    raise "the queue is not empty"
  rescue Billiard::Queue::Empty
    nil
  end

  def joined?(queue)
    !queue.join(timeout: 0).nil?
  end

  # Needs a peer in another process: played by Peer.
  define(:queue_between_languages) { raise "played with --peer only" }
end
