# frozen_string_literal: true

# One task over many items.
class Scenarios
  define(:map_order) do
    with_pool(workers: 2) { |pool| "ok #{sum_and_order(pool.map(:echo, 0...100))}" }
  end

  define(:map_empty) do
    with_pool(workers: 2) { |pool| "ok #{pool.map(:echo, [], chunk_size: 20).size}" }
  end

  define(:map_failure) do
    with_pool(workers: 1) do |pool|
      failed = outcome { pool.map(:fail, %w[a b], chunk_size: 1) }
      "#{failed}; #{still_works(pool)}"
    end
  end

  define(:imap_order) do
    with_pool(workers: 2) do |pool|
      iterator = pool.imap(:echo, 0...50)
      values = Array.new(50) { iterator.next }
      "ok #{sum_and_order(values)}; then #{outcome { iterator.next }}"
    end
  end

  define(:imap_unordered_all) do
    with_pool(workers: 2) { |pool| "ok #{pool.imap_unordered(:echo, 0...50).sum}" }
  end

  define(:imap_item_error) do
    with_pool(workers: 1) { |pool| outcomes(pool.imap(:fail_odd, 0..3)) }
  end

  define(:imap_worker_killed) do
    with_pool(workers: 1) { |pool| outcomes(pool.imap(:kill_at_two, 0..3)) }
  end

  def sum_and_order(values)
    "#{values.sum} #{values == values.sort ? 'ordered' : 'not ordered'}"
  end

  # What #next says until the end.
  def outcomes(iterator)
    said = []
    said << outcome { iterator.next } until said.last == "end"
    said.join("; ")
  end

  def outcome
    "ok #{yield}"
  rescue StopIteration
    "end"
  rescue Billiard::WorkerLostError => e
    "error #{e.status_name} signal=#{e.signal}"
  rescue Billiard::TaskError => e
    own = e.class_name == "ConformanceFailure" ? "own" : e.class_name
    "error #{e.status_name} class=#{own} message=#{e.remote_message}"
  end
end
