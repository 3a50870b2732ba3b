# frozen_string_literal: true

# What benchmarks/harness is to the programs in C++: the command line, taking time, the line of JSON.
module Measure
  DEFAULTS = { "seconds" => 0.3, "workers" => 2, "bytes" => 64, "in_flight" => 256, "items" => 100_000,
               "producers" => 2, "consumers" => 2, "processes" => 2, "rss_mb" => 0 }.freeze

  module_function

  # [workload, { name => number }]
  def arguments(argv)
    values = DEFAULTS.dup
    argv.drop(1).each do |text|
      name, number = text.match(/\A--(\w+)=(.+)\z/)&.captures
      abort("#{text} is not known here") unless values.key?(name)
      values[name] = Float(number)
    end
    [argv.first, values]
  end

  def now = Process.clock_gettime(Process::CLOCK_MONOTONIC, :nanosecond)

  def percentile(samples, part) = samples.sort[((samples.size - 1) * part).round]

  # Yields a number of items to do, as Throughput in measure.h.
  def throughput(seconds)
    items = 100
    loop do
      start = now
      yield items
      took = now - start
      break if took >= seconds * 1e9 / 40

      items = [items + 1, (items * [10.0, seconds * 1e9 / 20 / (took + 1)].min).to_i].max
    end
    costs = []
    finish = now + (seconds * 1e9)
    while now < finish || costs.size < 3
      start = now
      yield items
      costs << ((now - start).to_f / items)
    end
    { ns: percentile(costs, 0.5), items: items * costs.size }
  end

  def of_samples(samples)
    { ns: percentile(samples, 0.5), p99_ns: percentile(samples, 0.99), items: samples.size }
  end

  # Yields once for each item, as Latency in measure.h.
  def latency(seconds)
    warm = now + (seconds * 1e8)
    yield while now < warm
    samples = []
    finish = now + (seconds * 1e9)
    while now < finish || samples.size < 3
      start = now
      yield
      samples << (now - start).to_f
    end
    of_samples(samples)
  end

  def report(name, figures, variant = "")
    numbers = figures.map { |key, value| ", \"#{key}\": #{value}" }.join
    puts "{\"name\": \"#{name}\", \"variant\": \"#{variant}\"#{numbers}}"
    $stdout.flush
  end
end
