# frozen_string_literal: true

# What a host is told of its jobs, how its own loop drives a pool, and what another process sees of it.
class Scenarios
  define(:callbacks_order) do
    with_pool(workers: 1) do |pool|
      said = []
      pool.apply_async(:add, 40, 2, accept_callback: ->(_pid, _time) { said << "accepted" },
                                    callback: ->(value) { said << "done #{value}" })
      pool.pump(nil) until said.size == 2
      said.join(" ")
    end
  end

  define(:failing_acceptance) do
    with_pool(workers: 1) { |pool| "ok #{add_with_failing_acceptance(pool).value}" }
  end

  define(:refused_acceptance) do
    with_pool(workers: 1, synack: true) do |pool|
      result = add_with_failing_acceptance(pool)
      "#{error { result.value }}; #{still_works(pool)}"
    end
  end

  define(:failing_callback) do
    with_pool(workers: 1) do |pool|
      called = false
      result = pool.apply_async(:echo, 1, callback: lambda do |_value|
        called = true
        raise "on purpose"
      end)
      pool.pump(nil) until called
      "ok #{result.ready? ? 'ready' : 'not ready'}; #{still_works(pool)}"
    end
  end

  define(:event_loop) do
    with_pool(workers: 1, threads: false) do |pool|
      results = [1, 2, 3].map { |number| pool.apply_async(:echo, number, notify: true) }
      ended = 0
      while ended < 3
        IO.select([pool])
        ended += pool.drain.size
      end
      "ok #{results.sum { |result| result.value(timeout: 0) }}"
    end
  end

  define(:watched_pool) do
    with_assistant("host_pool") do |host|
      raise "not busy" unless host.says == "busy"

      Billiard::PoolWatch.open(host.pid) do |watch|
        stats = watch.stats
        worker = watch.workers.first
        host.kill
        "ok running=#{stats.running} queued=#{stats.queued} workers=#{stats.workers} " \
          "#{worker.state} #{worker.group}; then #{error { watch.stats }}"
      end
    end
  end

  # add(40, 2) with an acceptance that fails; returns when that has been asked.
  def add_with_failing_acceptance(pool)
    asked = false
    result = pool.apply_async(:add, 40, 2, accept_callback: lambda do |_pid, _time|
      asked = true
      raise "on purpose"
    end)
    pool.pump(nil) until asked
    result
  end
end
