# frozen_string_literal: true

module Billiard
  # A connection whose values travel in another form than MessagePack (CONN-70), for a peer that speaks it.
  #
  #   json = Billiard::CodecConnection.new(connection, dump: JSON.method(:generate), load: JSON.method(:parse))
  #   json.send({ "n" => 1 })
  #
  # All else is the connection's, which may be used beside this. A form whose reader runs code that the bytes
  # name (Marshal, YAML.unsafe_load) gives the other side this process: use such a one only among your own.
  class CodecConnection
    # @return [Connection]
    attr_reader :connection

    # @param connection [Connection]
    # @param dump [#call] makes a String of bytes of a value
    # @param load [#call] makes a value of a binary String
    def initialize(connection, dump:, load:)
      Connection.handle_of(connection)
      { dump: dump, load: load }.each do |name, function|
        raise TypeError, "#{name} must respond to call, #{function.class} does not" unless function.respond_to?(:call)
      end
      @connection = connection
      @dump = dump
      @load = load
    end

    # @return [self]
    # @raise [EncodingError] dump raised, which is its cause; nothing was sent
    # @raise see Connection#send_bytes
    def send(value, timeout: nil)
      @connection.send_bytes(encode(value), timeout: timeout)
      self
    end

    # @return [self]
    # @raise see #send
    def <<(value)
      self.send(value)
    end

    # @return [Object]
    # @raise [DecodingError] load raised, which is its cause; the message is gone
    # @raise see Connection#recv_bytes
    def recv(timeout: nil)
      bytes = @connection.recv_bytes(timeout: timeout)
      begin
        @load.call(bytes)
      rescue StandardError => e
        raise Error.make(DecodingError, "message can not be decoded: #{e.message}")
      end
    end

    # @return [Boolean] see Connection#poll
    def poll(timeout = 0)
      @connection.poll(timeout)
    end

    # @return [nil]
    def close
      @connection.close
    end

    # @return [Boolean]
    def closed?
      @connection.closed?
    end

    # @return [IO] see Connection#to_io
    def to_io
      @connection.to_io
    end

    private

    def encode(value)
      bytes = @dump.call(value)
      return bytes if bytes.is_a?(String)

      raise TypeError, "dump must return a String, not #{bytes.class}"
    rescue StandardError => e
      raise Error.make(EncodingError, "value can not be encoded: #{e.message}")
    end
  end
end
