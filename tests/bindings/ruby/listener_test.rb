# frozen_string_literal: true

require_relative "support/small_scheduler"
require_relative "support/test_case"

# Listeners, clients, and keys.
class ListenerTest < BilliardTest
  KEY = "open sesame"

  def address
    "@#{object_name}"
  end

  # test_listener_client
  def test_every_family
    [nil, address, "127.0.0.1:0", File.join(Dir.mktmpdir, "s")].each do |wanted|
      Billiard::Listener.open(wanted, authkey: KEY) do |listener|
        where = listener.address
        pid = fork do
          Billiard::Client.connect(where, authkey: KEY) { |connection| connection.send(["hello", where]) }
          exit!(0)
        end
        listener.accept { |connection| assert_equal ["hello", where], connection.recv }
        Process.wait(pid)
        assert_predicate Process.last_status, :success?
      end
    end
  end

  def test_addresses
    listener = Billiard::Listener.new("127.0.0.1:0", family: :inet)
    assert_match(/\A127\.0\.0\.1:[1-9]\d*\z/, listener.address)
    assert_nil listener.last_accepted
    thread = Thread.new { Billiard::Client.connect(listener.address) }
    listener.accept.close
    assert_match(/\A127\.0\.0\.1:\d+\z/, listener.last_accepted)
    thread.value.close
    path = File.join(Dir.mktmpdir, "socket")
    Billiard::Listener.open(path) { assert_equal 0o600, File.stat(path).mode & 0o777 }
    refute_path_exists path
    listener.close
    assert_raises(Billiard::ClosedError) { listener.address }
  end

  def test_a_wrong_key_is_told_to_both_and_stops_nobody
    Billiard::Listener.open(address, authkey: KEY) do |listener|
      stranger = Thread.new do
        assert_raises(Billiard::AuthenticationError) { Billiard::Client.connect(address, authkey: "wrong") }
      end
      assert_raises(Billiard::AuthenticationError) { listener.accept }
      stranger.join
      friend = Thread.new { Billiard::Client.connect(address, authkey: KEY) }
      served = listener.accept
      friend.value.send("in")
      assert_equal "in", served.recv
    end
  end

  # GAP-35
  def test_a_silent_client_keeps_nobody_waiting
    Billiard::Listener.open(address, authkey: KEY) do |listener|
      silent = Billiard::Client.connect(address) # never answers the challenge
      friend = Thread.new { Billiard::Client.connect(address, authkey: KEY) }
      assert_predicate listener.accept, :readable?
      assert_predicate friend.value, :writable?
      silent.close
    end
  end

  def test_challenges
    Billiard.pipe do |first, second|
      answering = Thread.new { second.answer_challenge(KEY) }
      assert_same first, first.deliver_challenge(KEY)
      answering.join
      answering = Thread.new { assert_raises(Billiard::AuthenticationError) { second.answer_challenge("no") } }
      assert_raises(Billiard::AuthenticationError) { first.deliver_challenge(KEY) }
      answering.join
      assert_raises(Billiard::TimeoutError) { first.deliver_challenge(KEY, timeout: 0.05) }
      assert_raises(TypeError) { first.deliver_challenge(:key) }
      assert_raises(ArgumentError) { first.deliver_challenge("") }
    end
  end

  def test_ends_of_waiting
    Billiard::Listener.open(address) do |listener|
      assert_equal false, listener.poll
      assert_raises(Billiard::TimeoutError) { listener.accept(timeout: 0.01) }
      assert_raises(Timeout::Error) { Timeout.timeout(0.01) { listener.accept } }
      waiter = Thread.new { assert_raises(Billiard::ClosedError) { listener.accept } }
      wait_until_asleep(waiter)
      listener.close
      listener.close
      waiter.join
      assert_predicate listener, :closed?
    end
  end

  def test_a_wait_for_a_listener_that_never_accepts_ends_with_an_exception
    Billiard::Listener.open(address, authkey: KEY) do # accepts nobody
      assert_raises(Timeout::Error) do
        Timeout.timeout(0.05) { Billiard::Client.connect(address, authkey: KEY) }
      end
      assert_raises(Billiard::TimeoutError) { Billiard::Client.connect(address, authkey: KEY, timeout: 0.05) }
    end
  end

  def test_readiness
    Billiard::Listener.open(address) do |listener|
      assert_equal [], Billiard.wait([listener], 0)
      client = Billiard::Client.connect(address)
      assert_equal [listener], Billiard.wait([listener])
      assert_equal [[listener], [], []], IO.select([listener])
      assert listener.poll(nil)
      listener.accept.close
      assert_raises(EOFError) { client.recv }
    end
  end

  def test_fibers_on_both_sides
    got = []
    Billiard::Listener.open(address, authkey: KEY) do |listener|
      Thread.new do
        Fiber.set_scheduler(SmallScheduler.new)
        Fiber.schedule { listener.accept { |connection| got << connection.recv } }
        Fiber.schedule { Billiard::Client.connect(address, authkey: KEY) { |connection| connection.send(9) } }
      end.join
    end
    assert_equal [9], got
  end

  def test_wrong_arguments
    assert_raises(TypeError) { Billiard::Listener.new(5) }
    assert_raises(ArgumentError) { Billiard::Listener.new(nil, family: :pipe) }
    assert_match(/byte string/, assert_raises(TypeError) { Billiard::Listener.new(nil, authkey: 5) }.message)
    assert_raises(ArgumentError) { Billiard::Listener.new(nil, authkey: "") }
    assert_raises(ArgumentError) { Billiard::Client.connect("@x", authkey: "") }
    assert_raises(ArgumentError) { Billiard::Listener.new("/#{'x' * 120}") }
    assert_raises(ArgumentError) { Billiard::Listener.new(nil, backlog: 0) }
    errno = assert_raises(Billiard::SystemError) { Billiard::Client.connect(address) }.errno
    assert_equal Errno::ECONNREFUSED::Errno, errno
    missing = assert_raises(Billiard::SystemError) { Billiard::Client.connect("/nonexistent/socket") }.errno
    assert_equal Errno::ENOENT::Errno, missing
  end
end
