# frozen_string_literal: true

# Four processes count to 4,000 together, with a lock, a value and an event that they share, and a
# fifth dies holding the lock.

require "billiard"

lock = Billiard::Lock.new
sum = Billiard::Value.new("i", lock: false)
news = Billiard::Value.new("i", lock: false)
start = Billiard::Event.new

counters = Array.new(4) do
  fork do
    start.wait
    1000.times do
      lock.synchronize do # two steps at once
        sum.value += 1
        news.value += 1 if lock.recovered?
      end
    end
  end
end
dying = fork do
  lock.acquire
  Process.kill("KILL", Process.pid)
end

Process.wait(dying)
start.set
counters.each { |pid| Process.wait(pid) }
puts "counted to #{sum.value}, and #{news.value} holder of the lock died"
exit(sum.value == 4000 && news.value == 1)
