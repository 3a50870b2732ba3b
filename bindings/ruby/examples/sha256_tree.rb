# frozen_string_literal: true

# The SHA-256 of every regular file under a directory, by a pool of worker processes.
# docs/main-job.md says exactly what this program does and prints.

require "billiard"
require "openssl"
require_relative "main_job/arguments"
require_relative "main_job/report"
require_relative "main_job/tree"

# Runs in the workers: the file in pieces, never the whole in memory.
Billiard.task(:digest) do |path|
  sha256 = OpenSSL::Digest.new("SHA256")
  bytes = 0
  piece = String.new(capacity: 1 << 18)
  File.open(path, "rb") do |file|
    while file.read(1 << 18, piece)
      sha256 << piece
      bytes += piece.bytesize
    end
  end
  { "hex" => sha256.hexdigest, "bytes" => bytes }
rescue SystemCallError => e
  { "error" => SystemCallError.new(e.errno).message }
end

# The host's part: submits, collects, retries what was lost.
class Sha256Tree
  WINDOW = 1024
  MOST_LOSSES = 10

  # One file on its way.
  Entry = Struct.new(:path, :result, :losses)

  def initialize(pool, root, report, kill_one:)
    @pool = pool
    @root = root
    @report = report
    @kill_wanted = kill_one
    @window = []
    @records = {}
    @bytes = 0
    @unreadable = 0
  end

  # @return [Boolean] whether all was well
  def run
    @paths = Tree.new(@root, on_unreadable: method(:unreadable)).files
    @report.start
    @paths.each { |path| take(path) }
    collect_next until @window.empty?
    seconds = @report.seconds
    kill_in_small_tree if @kill_wanted
    @report.result(@records, @bytes, @unreadable, seconds)
    @unreadable.zero? && !@kill_wanted
  end

  private

  def take(path)
    collect_next if @window.size == WINDOW
    @window << Entry.new(path, submit(path), 0)
  end

  def submit(path)
    @pool.apply_async(:digest, File.join(@root, path))
  end

  def collect_next
    kill_one_worker if @kill_wanted && done >= @paths.size / 2
    entry = @window.shift
    keep(entry, outcome(entry))
    @report.progress(done, @paths.size)
  end

  def done
    @records.size + @unreadable
  end

  def keep(entry, answer)
    return unreadable(entry.path, answer["error"]) if answer.key?("error")

    @records[entry.path] = answer["hex"]
    @bytes += answer["bytes"]
  end

  # Waits for the entry's answer; a lost job is submitted again.
  def outcome(entry)
    entry.result.value
  rescue Billiard::WorkerLostError => e
    @kill_wanted = false
    entry.losses += 1
    return { "error" => e.message } if entry.losses == MOST_LOSSES

    @report.lost(e, entry.path)
    entry.result = submit(entry.path)
    retry
  rescue Billiard::TaskError => e
    { "error" => e.message }
  end

  def unreadable(path, reason)
    @unreadable += 1
    @report.unreadable(path, reason)
  end

  # Kills the worker that is busy with one of our jobs, if there is one, and sees what became of it.
  def kill_one_worker
    busy = @pool.workers.find(&:busy?)
    entry = busy && @window.find { |each| each.result.job_id == busy.job_id }
    return if entry.nil?

    Process.kill("KILL", busy.pid)
    outcome(entry)
    @report.killed_between_jobs(busy.pid) if @kill_wanted
  rescue Errno::ESRCH
    nil # it has gone by itself
  end

  # Everything was collected before a worker could be seen busy: the largest file once more, until a
  # worker is lost with it. These answers are compared and not counted.
  def kill_in_small_tree
    largest = @records.keys.max_by { |path| File.size(File.join(@root, path)) }
    return @report.nothing_to_kill if largest.nil?

    while @kill_wanted
      @window = [Entry.new(largest, submit(largest), 0)]
      kill_one_worker until @window.first.result.ready? || !@kill_wanted
      differs = outcome(@window.first)["hex"] != @records[largest]
      raise "#{largest} has another digest than before" if differs
    end
  end
end

arguments = Arguments.parse(ARGV)
report = Report.new("ruby")
all_well = Billiard::Pool.open(workers: arguments.workers) do |pool|
  report.workers(pool.wait_ready.workers.map(&:pid))
  Sha256Tree.new(pool, arguments.folder, report, kill_one: arguments.kill_one).run
end
exit(all_well)
