# frozen_string_literal: true

# parallel_peer.rb pool|map|pool_start [--name=number]...: the gem `parallel`, with processes. It has no pool
# that lives on: a call forks its workers, which is part of what its items cost; one job of each worker is in
# flight.

require "parallel"
require_relative "../../workloads/ruby/measure"

name, given = Measure.arguments(ARGV)
workers = given["workers"].to_i
case name
when "pool"
  data = "x" * given["bytes"]
  Measure.report("pool", Measure.throughput(given["seconds"]) do |items|
    Parallel.each([data] * items, in_processes: workers) { nil }
  end)
when "map"
  numbers = [3] * given["items"].to_i
  samples = Array.new(2) do
    start = Measure.now
    raise "wrong sum" unless Parallel.map(numbers, in_processes: workers) { |n| n + 1 }.sum == 4 * numbers.size

    (Measure.now - start).to_f
  end
  Measure.report("map", Measure.of_samples(samples))
when "pool_start"
  figures = Measure.latency(given["seconds"]) { Parallel.map([1] * workers, in_processes: workers) { 1 } }
  Measure.report("pool_start", figures, "start")
else
  abort("usage: parallel_peer.rb pool|map|pool_start [--name=number]...")
end
