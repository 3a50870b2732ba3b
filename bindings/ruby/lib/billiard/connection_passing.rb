# frozen_string_literal: true

module Billiard
  # What else than bytes an AF_UNIX connection carries: files and connections.
  class Connection
    # At most so many go with one message.
    MOST_FILES = Native::BP_PASSED_MAX

    # Sends an IO, which stays open here.
    #
    # @param file [IO, Integer]
    # @return [self]
    # @raise [StateError] this is no AF_UNIX connection
    # @raise see #send
    def send_io(file, timeout: nil)
      send_fds("", [file], timeout: timeout)
    end

    # Receives what #send_io sent.
    #
    # @param io_class [Class] made with for_fd: IO, File, UNIXSocket ...
    # @return [IO] the caller's
    # @raise [CorruptError] the message brought no file, or several
    # @raise see #recv
    def recv_io(io_class = IO, timeout: nil)
      _bytes, files = recv_fds(timeout: timeout)
      return io_class.for_fd(files.first) if files.size == 1

      files.each { |number| IO.for_fd(number).close }
      raise Error.make(CorruptError, "the message brought #{files.size} files instead of one")
    end

    # Sends a message, and with it descriptors, which stay open here.
    #
    # @param files [::Array<IO, Integer>] at most MOST_FILES
    # @return [self]
    # @raise see #send_io
    def send_fds(bytes, files, timeout: nil)
      Codec.raw(bytes, "bytes")
      list = Native.bpi_fds_new
      files.each { |file| Native.bpi_fds_add(list, Descriptors.number(file, "files")) }
      sending(timeout) { Native.bpi_connection_send_fds(@handle, bytes, list, 0) }
    end

    # Receives a message with the descriptors that came with it, which are close-on-exec.
    #
    # @return [Array(String, ::Array<Integer>)] the descriptors are the caller's
    # @raise see #recv
    def recv_fds(timeout: nil)
      list = Native.bpi_fds_new
      bytes, = receiving(timeout) { Native.bpi_connection_recv_fds(@handle, list, 0) }
      [bytes, ::Array.new(Native.bpi_fds_count(list)) { |i| Native.bpi_fds_at(list, i) }]
    end

    # Sends another connection, with its directions; it stays open here.
    #
    # @param connection [Connection]
    # @return [self]
    # @raise [StateError] this is no AF_UNIX connection; or a message is pending on the other one
    # @raise see #send
    def send_connection(connection, timeout: nil)
      passed = Connection.handle_of(connection)
      sending(timeout) { Native.bp_connection_send_connection(@handle, passed, 0) }
    end

    # Receives what #send_connection sent.
    #
    # @return [Connection]
    # @raise [CorruptError] the message is no connection
    # @raise see #recv
    def recv_connection(timeout: nil)
      Connection.from_handle(receiving(timeout) { Native.bp_connection_recv_connection(@handle, 0) })
    end
  end

  # Numbers of descriptors, from what callers give.
  # @api private
  module Descriptors
    # @return [Integer] of an Integer, an IO, a Connection, or what has a #to_io
    def self.number(file, name)
      case file
      when Integer
        return file if file.between?(-(2**31), (2**31) - 1)

        raise ArgumentError, "#{name}: no descriptor: #{file}"
      else
        return file.fileno if file.respond_to?(:fileno)
        return file.to_io.fileno if file.respond_to?(:to_io)

        raise TypeError, "#{name}: an IO or a descriptor was expected, not #{file.class}"
      end
    end
  end
  private_constant :Descriptors
end
