# frozen_string_literal: true

# Three processes, started anew each, count together, and one after the other report over a connection that
# only those with the key can make.

require "billiard"

Billiard.entry(:count) do |address, lock, sum, times|
  times.times { lock.synchronize { sum.value += 1 } }
  process = Billiard.current_process
  Billiard::Client.connect(address, authkey: process.authkey) do |connection|
    connection.send({ "name" => process.name, "times" => times })
    connection.recv # until the report was read
  end
end
Billiard.freeze_support # a child begins here, and never goes on

lock = Billiard::Lock.new
sum = Billiard::Value.new("i", lock: false)
reports = Billiard::Listener.open(authkey: Billiard.current_process.authkey) do |listener|
  counters = Array.new(3) do |number|
    Billiard::Process.new(entry: :count, args: [listener.address, lock, sum, (number + 1) * 100],
                          context: "spawn").start
  end
  collected = counters.map do
    listener.accept { |connection| connection.recv.tap { connection.send("thanks") } }
  end
  raise "a counter failed" unless counters.all? { |counter| counter.join.exit_code.zero? }

  collected
end
reports.sort_by { |report| report["name"] }.each { |report| puts "#{report['name']} counted #{report['times']}" }
puts "together #{sum.value}"
exit(sum.value == 600)
