# frozen_string_literal: true

# What the program prints: results on standard output, complaints and progress on standard error.
class Report
  PROGRESS_PERIOD = 0.1

  def initialize(language)
    @language = language
    @progress_at = 0
    @progress_shown = false
    $stdout.sync = true
  end

  def workers(pids)
    puts "#{@language} workers=#{pids.size} pids=#{pids.join(',')}"
  end

  def start
    @started = now
  end

  # @return [Float] since the first submission
  def seconds
    now - @started
  end

  def result(records, bytes, unreadable, seconds)
    wipe_progress
    rate = records.empty? ? 0.0 : records.size / [seconds, 1e-9].max
    line = format("files=%d bytes=%d files_per_s=%.1f digest=%s", records.size, bytes, rate,
                  digest(records))
    line += " unreadable=#{unreadable}" if unreadable.positive?
    puts "#{@language} #{line}"
  end

  def lost(error, path)
    wipe_progress
    puts format("%s lost worker=%d signal=%d job=%d file=%s after_s=%.3f; retried", @language,
                error.pid, error.signal || 0, error.job_id, quote(path), seconds)
  end

  def killed_between_jobs(pid)
    wipe_progress
    puts "#{@language} killed worker=#{pid} between jobs; taking another"
  end

  def nothing_to_kill
    warn "#{@language} kill-one: no file to hash"
  end

  def unreadable(path, reason)
    wipe_progress
    warn "#{@language} unreadable file=#{quote(path)} #{reason}"
  end

  # On a terminal only, ten times a second at most.
  def progress(done, total)
    return unless $stderr.tty? && now - @progress_at >= PROGRESS_PERIOD

    @progress_at = now
    @progress_shown = true
    $stderr.print "\r#{@language} #{done}/#{total} files"
  end

  private

  def wipe_progress
    $stderr.print "\r\e[K" if @progress_shown
    @progress_shown = false
  end

  def digest(records)
    sha256 = OpenSSL::Digest.new("SHA256")
    records.sort.each { |path, hex| sha256 << "#{hex}  ".b << path << "\0" }
    sha256.hexdigest
  end

  def quote(path)
    printable = path.b.gsub(/[^\x20-\x7e]|["\\]/n) { |byte| format('\x%02x', byte.ord) }
    "\"#{printable}\""
  end

  def now
    Process.clock_gettime(Process::CLOCK_MONOTONIC)
  end
end
