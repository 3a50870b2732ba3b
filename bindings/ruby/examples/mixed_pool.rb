# frozen_string_literal: true

# One pool, three languages: a Ruby host whose workers are Ruby (forks of this program), Go and C
# programs. A job goes to a worker that knows its task; busy Go workers never hold up a job for C.
#
#   mixed_pool.rb GO_WORKER C_WORKER
#
# GO_WORKER is bindings/go/examples/mixed_worker, C_WORKER is c_api/examples/worker_c, both built.

require "billiard"

Billiard.task(:ruby_greet) { |name| "hello #{name}, from Ruby's process #{Process.pid}" }

go_worker, c_worker = ARGV
abort "usage: mixed_pool.rb GO_WORKER C_WORKER" if c_worker.nil?

GROUPS = [
  { name: "ruby", workers: 1 },
  { name: "go", workers: 2, command: [go_worker] },
  { name: "c", workers: 1, command: [c_worker] }
].freeze

Billiard::Pool.open(groups: GROUPS) do |pool|
  pool.wait_ready
  jobs = {
    "ruby" => pool.apply_async(:ruby_greet, "you"),
    "go" => pool.apply_async(:go_sha256, "abc"),
    "c" => pool.apply_async(:c_sum, 1, 2, 39)
  }
  jobs.each { |language, job| puts "#{language}: #{job.value}" }
  pool.workers.each { |worker| puts "worker #{worker.pid} is of the group #{worker.group}" }
end
