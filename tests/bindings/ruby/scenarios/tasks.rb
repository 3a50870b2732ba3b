# frozen_string_literal: true

class ConformanceFailure < StandardError; end

Billiard.task(:echo) { |value| value }
Billiard.task(:add) { |a, b| a + b }
Billiard.task(:count_arguments) { |*arguments| arguments.size }
Billiard.task(:reverse, &:reverse)
Billiard.task(:fail) { |message| raise ConformanceFailure, message }
Billiard.task(:take) { |name| Billiard::Queue.open(name, &:get) }
Billiard.task(:put) do |name, value|
  Billiard::Queue.open(name) { |queue| queue.put(value) }
  nil
end
Billiard.task(:exit_process) { |code| exit!(code) }
Billiard.task(:make_bytes) { |size| "x".b * size }
Billiard.task(:fail_odd) { |n| n.even? ? n : raise(ConformanceFailure, "odd #{n}") }
Billiard.task(:kill_at_two) { |n| n == 2 ? Process.kill("KILL", Process.pid) && sleep : n }
Billiard.task(:own_pid) { Process.pid }
Billiard.task(:wait_for_soft_limit) do
  loop { sleep 0.01 }
rescue Billiard::SoftTimeLimitExceeded
  "cleaned"
end
Billiard.task(:killed_once) do |name|
  Billiard::Queue.open(name) { |queue| queue.get(timeout: 0) }
  Process.kill("KILL", Process.pid)
  sleep
rescue Billiard::Queue::Empty
  "second"
end
