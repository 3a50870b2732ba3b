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
