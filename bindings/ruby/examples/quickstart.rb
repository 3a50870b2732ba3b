require "billiard"

Billiard.task(:square) { |n| n * n }

Billiard::Pool.open(workers: 2) do |pool|
  jobs = (1..10).map { |n| pool.apply_async(:square, n) }
  puts jobs.sum(&:value) # 385
end
