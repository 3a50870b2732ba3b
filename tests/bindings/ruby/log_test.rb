# frozen_string_literal: true

require "json"
require "tempfile"
require "tmpdir"
require_relative "support/test_case"

# The library's logger, in hosts and workers.
class LogTest < BilliardTest
  Billiard.task(:log) { |level, text| Billiard::Log.write(level, text) }

  # What is logged while the block runs.
  def logged(level = :info)
    Tempfile.create("log") do |file|
      Billiard::Log.to_io(file, level)
      yield
      File.read(file.path)
    ensure
      Billiard::Log.stop
    end
  end

  def test_lines_of_host_and_worker
    text = logged do
      Billiard::Log.info("here")
      Billiard.logger.debug("not wanted")
      Billiard::Pool.open(workers: 1) { |pool| pool.apply(:log, 40, "there") }
    end
    assert_equal ["[ERROR/ForkPoolWorker-1] there", "[INFO/MainProcess] here"],
                 text.lines(chomp: true).grep(/here/).sort
  end

  def test_lines_of_json
    text = logged do
      Billiard::Log.format = :json
      Billiard::Log.info("a \"quoted\"\nline")
    ensure
      Billiard::Log.format = ""
    end
    line = JSON.parse(text)
    assert_equal ["a \"quoted\"\nline", "INFO"], [line.fetch("message"), line.values.grep("INFO").first]
  end

  def test_a_failing_callback_is_logged
    text = logged do
      Billiard::Pool.open(workers: 1) do |pool|
        called = false
        pool.apply_async(:echo, 1, callback: lambda do |_value|
          called = true
          raise KeyError, "on purpose"
        end)
        pool.pump(nil) until called
      end
    end
    assert_match(%r{\[ERROR/MainProcess\] Pool callback raised exception: .*on purpose}, text)
  end

  def test_files_formats_and_levels
    path = File.join(Dir.mktmpdir, "log")
    Billiard::Log.to_file(path, :warning)
    refute Billiard::Log.enabled?(:info)
    assert_equal Billiard::Log::LEVELS[:warning], Billiard::Log.level
    Billiard::Log.level = 7
    assert Billiard::Log.enabled?(:debug)
    Billiard::Log.format = "%(levelname)s %(name)s %(processName)s: %(message)s"
    Billiard::Log.name = "own"
    Billiard::Log.process_name = "Renamed"
    Billiard::Log.warning("one\0line")
    assert_equal "WARNING own Renamed: oneline\n", File.read(path)
    assert_equal "Renamed", Billiard::Log.process_name
  ensure
    Billiard::Log.format = ""
    Billiard::Log.process_name = "MainProcess"
    Billiard::Log.stop
  end

  def test_wrong_levels
    assert_raises(ArgumentError) { Billiard.log_to_stderr(:loud) }
    assert_raises(ArgumentError) { Billiard.log_to_stderr(-1) }
    assert_raises(TypeError) { Billiard.log_to_stderr("info") }
    assert_raises(Billiard::SystemError) { Billiard::Log.to_file("/nonexistent/log") }
    refute Billiard::Log.enabled?(:error)
  end

  def test_a_pool_has_a_name
    Billiard::Pool.open(workers: 1, name: "crawlers", lost_worker_timeout: 5) do |pool|
      line = File.read("/proc/#{pool.apply(:pid)}/cmdline").tr("\0", " ")
      assert_includes line, "crawlers"
    end
    assert_raises(TypeError) { Billiard::Pool.open(workers: 1, name: 7) }
    error = assert_raises(ArgumentError) { Billiard::Pool.open(workers: 1, name: "x" * 64) }
    assert_includes error.message, "name"
  end
end
