# frozen_string_literal: true

# Pipes, connections, listeners.
class Scenarios
  KEY = "opensesame"

  def with_pipe(**options, &block)
    Billiard.pipe(**options, &block)
  end

  def address
    "@#{object_name}"
  end

  define(:pipe_values) do
    with_pipe { |first, second| exchange_values(first, second) }
  end

  define(:pipe_bytes) do
    with_pipe do |first, second|
      first.send_bytes("hello")
      first.send_bytes("abcdef", 2, 3)
      first.send_bytes("")
      "ok #{second.recv_bytes} #{second.recv_bytes} #{second.recv_bytes.bytesize}"
    end
  end

  define(:pipe_one_way) do
    with_pipe(duplex: false) do |reader, writer|
      outcomes = [error_naming("read-only") { reader.send("x") }, error_naming("write-only") { writer.recv }]
      writer.send(7)
      "#{outcomes.join('; then ')}; then ok #{reader.recv}"
    end
  end

  define(:connection_poll) do
    with_pipe do |first, second|
      outcomes = [first.poll]
      second.send(7)
      outcomes << first.poll(nil)
      first.recv
      second.close
      outcomes << first.poll(nil)
      "ok #{outcomes.join(' ')} #{status_or_value { first.recv }}"
    end
  end

  define(:connection_max_length) do
    with_pipe do |first, second|
      second.send_bytes("0123456789")
      failed = error { first.recv_bytes(5) }
      first.send(7)
      "#{failed}; then readable=#{first.readable?} writable=#{first.writable?}; then ok #{second.recv}"
    end
  end

  define(:connection_into) do
    with_pipe do |first, second|
      first.send_bytes("abcdef")
      first.send_bytes("xyz")
      buffer = +"\0\0\0\0"
      failed = begin
        second.recv_bytes_into(buffer)
      rescue Billiard::BufferTooShort => e
        "error #{status(e)} with #{e.received.bytesize}"
      end
      size = second.recv_bytes_into(buffer)
      "#{failed}; then ok #{size} #{buffer.byteslice(0, size)}"
    end
  end

  define(:connection_nonblocking) do
    with_pipe(rnonblock: true) do |first, second|
      failed = error { first.recv }
      second.send(7)
      "#{failed}; then ok #{first.recv}"
    end
  end

  define(:connection_closed) do
    with_pipe do |first, _second|
      2.times { first.close }
      "#{error { first.send(1) }}; then #{error { first.recv }}"
    end
  end

  define(:connection_timeout) do
    with_pipe do |first, second|
      failed = error { first.recv(timeout: 0.05) }
      second.send(7)
      "#{failed}; then ok #{first.recv}"
    end
  end

  define(:connection_hand_over) do
    with_pipe do |near, far|
      with_pipe(duplex: false) do |reader, writer|
        near.send_connection(writer)
        came = far.recv_connection
        writer.close
        came.send(7)
        "ok readable=#{came.readable?} writable=#{came.writable?} #{reader.recv}"
      end
    end
  end

  define(:fd_ticket) do
    with_pipe(duplex: false) do |reader, writer|
      ticket = Billiard.share_fd(writer)
      claimed = Billiard::Connection.for_fd(Billiard.claim_fd(ticket), readable: false)
      claimed.send(7)
      "ok #{reader.recv}; then #{error { Billiard.claim_fd(ticket) }}"
    end
  end

  define(:wait_ready) do
    a, a_sender = Billiard.pipe
    b, b_sender = Billiard.pipe
    letters = { a => "A", b => "B" }
    ready = lambda do |objects, timeout|
      found = Billiard.wait(objects, timeout)
      found.empty? ? "none" : letters.values_at(*found).join(" ")
    end
    outcomes = [ready.call([a, b], 0)]
    b_sender.send(7)
    outcomes << ready.call([a, b], nil)
    a_sender.send(7)
    outcomes << ready.call([b, a, b], nil)
    outcomes.join("; then ")
  end

  define(:listener_between_languages) do
    Billiard::Listener.open(address, authkey: KEY) do |listener|
      with_assistant_at(address, KEY) do
        listener.accept { |connection| exchange_values(connection, connection) }
      end
    end
  end

  define(:listener_wrong_key) do
    Billiard::Listener.open(address, authkey: KEY) do |listener|
      failed = with_assistant_at(address, "wrong") do |stranger|
        "#{error { listener.accept }} client=#{stranger.says}"
      end
      with_assistant_at(address, KEY) do
        listener.accept do |connection|
          connection.send(7)
          "#{failed}; then ok #{connection.recv}"
        end
      end
    end
  end

  define(:listener_closed) do
    listener = Billiard::Listener.new
    2.times { listener.close }
    error { listener.accept }
  end

  define(:client_refused) do
    error { Billiard::Client.connect(address) }
  end

  private

  # The peer values, as they come where they are received.
  def exchange_values(sender, receiver)
    values = Peer::VALUES.map do |value|
      sender.send(value)
      Notation.of(receiver.recv)
    end
    "ok #{values.join(' ')}"
  end

  # A client of another language, perhaps, which must come to a good end.
  def with_assistant_at(address, key)
    Assistant.with(nonce, "echo_client", address, key) do |assistant|
      yield(assistant).tap { assistant.finish }
    end
  end
end
