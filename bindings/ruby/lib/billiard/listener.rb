# frozen_string_literal: true

module Billiard
  # Accepts connections at an address; Billiard::Client connects to it, in any of Billiard's languages.
  #
  #   Billiard::Listener.open("/tmp/rooms", authkey: key) do |listener|
  #     listener.accept { |connection| connection.send("welcome") }
  #   end
  #
  # An address is a text: "/a/path" and "@name" (AF_UNIX, a file or the abstract namespace), "host:7000" and
  # "[::1]:7000". With a key both sides prove that they have it, and never send it. A client that is silent
  # or hostile keeps nobody waiting. Without a key a listener of AF_UNIX turns other users away; over the
  # network only a key keeps strangers away.
  class Listener
    FAMILIES = { nil => Native::BP_FAMILY_ANY, unix: Native::BP_FAMILY_UNIX, inet: Native::BP_FAMILY_INET,
                 inet6: Native::BP_FAMILY_INET6 }.freeze

    class << self
      # Listens; with a block the listener is closed after it.
      #
      # @param arguments see #initialize
      # @yieldparam listener [Listener]
      # @return [Object, Listener] what the block returns; without a block the listener
      def open(...)
        listener = new(...)
        return listener unless block_given?

        begin
          yield listener
        ensure
          listener.close
        end
      end

      # @api private
      def family(family)
        FAMILIES.fetch(family) do
          raise ArgumentError, "family must be one of #{FAMILIES.keys.compact}, not #{family.inspect}"
        end
      end

      # @api private
      def address(address)
        return address if address.nil? || address.is_a?(String)

        raise TypeError, "address must be a String, not #{address.class}"
      end

      # What the library wants of a key: whether there is one, and its bytes.
      # @api private
      def key(authkey)
        authkey.nil? ? [0, ""] : [1, AuthKey.check(authkey)]
      end

      # @api private
      def count(count, name)
        return 0 if count.nil?
        raise TypeError, "#{name} must be an Integer, not #{count.class}" unless count.is_a?(Integer)
        return count if count.between?(1, 2**31)

        raise ArgumentError, "#{name} must be positive, got #{count}"
      end
    end

    # @param address [String, nil] nil: any, a fresh abstract name or a free port of localhost
    # @param family [:unix, :inet, :inet6, nil] nil: as the address looks
    # @param authkey [String, nil] a secret of both sides; nil: no authentication
    # @param backlog [Integer, nil] clients that the system keeps waiting; nil: 128
    # @param handshake_timeout [Numeric, false, nil] seconds that a client has to prove its key; nil: 20;
    #   false: no limit
    # @param max_pending [Integer, nil] handshakes under way; nil: 256
    # @param any_user [Boolean] clients of other users too (AF_UNIX)
    # @param max_message [Integer, nil] bytes of a connection's message; nil: 256 MiB
    # @raise [ArgumentError, TypeError] for a wrong argument, which is named
    # @raise [NotFoundError] no such host
    # @raise [SystemError] the address is in use ...
    def initialize(address = nil, family: nil, authkey: nil, backlog: nil, handshake_timeout: nil,
                   max_pending: nil, any_user: false, max_message: nil)
      kind = Listener
      @handle = Native.bpi_listener_open(
        kind.address(address), kind.family(family), kind.count(backlog, "backlog"), *kind.key(authkey),
        Seconds.limit(handshake_timeout, "handshake_timeout"), kind.count(max_pending, "max_pending"),
        any_user ? 1 : 0, Connection.limit(max_message)
      )
      @closed = false
    end

    # Waits for a client that has proved its key. With a block the connection is closed after it.
    #
    # @param timeout [Numeric, nil] seconds; nil waits for ever, 0 or less not at all
    # @yieldparam connection [Connection]
    # @return [Object, Connection] what the block returns; without a block the connection
    # @raise [TimeoutError] none in time
    # @raise [AuthenticationError] a client did not have the key; accept again
    # @raise [ClosedError, OutOfMemoryError, SystemError]
    def accept(timeout: nil)
      connection = accept_client(timeout)
      return connection unless block_given?

      begin
        yield connection
      ensure
        connection.close
      end
    end

    # Whether #accept would not wait.
    #
    # @param timeout [Numeric, nil] seconds; 0 or less only looks, nil waits for ever
    # @return [Boolean]
    # @raise [ClosedError]
    def poll(timeout = 0)
      timeout_ns = Seconds.timeout(timeout)
      return Native.bp_listener_poll(@handle, 0) if timeout_ns.zero?

      Scheduler.blocking { Native.bp_listener_poll(@handle, timeout_ns) }
    end

    # @return [String] with the port that the system chose
    # @raise [ClosedError]
    def address
      Native.bp_listener_address(@handle)
    end

    # @return [String, nil] of the peer accepted last; nil before the first, "" for one without a name
    def last_accepted
      @accepted ? Native.bp_listener_last_accepted(@handle) : nil
    end

    # @return [Integer] clients turned away without an error: silent ones, those of other users
    def dropped
      Native.bp_listener_dropped(@handle)
    end

    # For IO.select and event loops: readable when #poll or #accept, with timeout 0, may get on. Not to be
    # read or closed. In a forked child, ask again.
    #
    # @return [IO]
    # @raise [ClosedError]
    def to_io
      number = Native.bp_listener_fd(@handle)
      @io = IO.for_fd(number, autoclose: false) unless @io&.fileno == number
      @io
    end

    # Stops listening; waits end with ClosedError, connections go on. The file of an AF_UNIX address is
    # removed by the process that made it. May be repeated; the garbage collector does it too.
    #
    # @return [nil]
    def close
      @closed = true
      Native.bp_listener_close(@handle)
    end

    # @return [Boolean] whether it was closed here
    def closed?
      @closed
    end

    private

    def accept_client(timeout)
      deadline = Seconds.deadline(Seconds.timeout(timeout))
      until (handle = Native.bp_listener_accept(@handle, 0))
        next if Scheduler.wait_until(deadline) { |left| Native.bp_listener_poll(@handle, left) }

        raise Error.make(TimeoutError, "no client came within #{timeout} s")
      end
      @accepted = true
      Connection.from_handle(handle)
    end
  end

  # Connects to listeners.
  module Client
    # Connects, and proves the key both ways when there is one. With a block the connection is closed after
    # it.
    #
    # @param address [String] see Listener
    # @param family [:unix, :inet, :inet6, nil] nil: as the address looks
    # @param authkey [String, nil] the listener's
    # @param timeout [Numeric, nil] seconds for connecting and the handshake; nil: 20
    # @param any_user [Boolean] a listener of another user will do (AF_UNIX)
    # @param max_message [Integer, nil] bytes; nil: 256 MiB
    # @yieldparam connection [Connection]
    # @return [Object, Connection] what the block returns; without a block the connection
    # @raise [TimeoutError]
    # @raise [AuthenticationError] the listener does not have the key, or is another user's
    # @raise [SystemError] nobody listens there (errno ECONNREFUSED, ENOENT) ...
    # @raise [EndOfStreamError] it closed during the handshake
    # @raise [ArgumentError, TypeError, NotFoundError, OutOfMemoryError]
    def self.connect(address, family: nil, authkey: nil, timeout: nil, any_user: false, max_message: nil)
      arguments = [Listener.address(address), Listener.family(family), *Listener.key(authkey),
                   any_user ? 1 : 0, 0, Connection.limit(max_message), Seconds.timeout(timeout)]
      handle = Scheduler.in_one_piece { Native.bpi_client_connect(*arguments) }
      raise Error.make(TimeoutError, "#{address} did not answer within #{timeout || 20} s") unless handle

      connection = Connection.from_handle(handle)
      return connection unless block_given?

      begin
        yield connection
      ensure
        connection.close
      end
    end
  end
end
