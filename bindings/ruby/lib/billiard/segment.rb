# frozen_string_literal: true

module Billiard
  # Shared memory in which locks, values and other small objects live.
  #
  # Every process tree has a default segment, which forks share. A segment of one's own is for
  # processes that are no forks: it is passed once, by name or as a file descriptor, and after that
  # each object in it as a number, its id.
  #
  #   segment = Billiard::Segment.new
  #   lock = Billiard::Lock.new(segment: segment)
  #   spawn("worker", segment.fd.to_s, lock.id.to_s, segment.fd => segment.fd)
  class Segment
    # What is in a segment. `objects`: that somebody holds; `bytes_in_use`: their memory;
    # `bytes_committed`: taken from the system; `processes`: that take part and are alive.
    Stats = Struct.new(:max_bytes, :objects, :bytes_in_use, :bytes_committed, :processes,
                       keyword_init: true)

    class << self
      # The segment of objects that name none. Each call gives a handle of its own.
      #
      # @return [Segment]
      def default
        from_handle(Native.bp_segment_default)
      end

      # Opens the segment of this name, and makes it when no living process has it. With a block the
      # handle is released after it.
      #
      # @param name [String] 1 to 200 bytes without "/"
      # @yieldparam segment [Segment]
      # @return [Object, Segment] what the block returns; without a block the segment
      # @raise [CorruptError] something else is under that name
      def open(name, max_bytes: nil)
        segment = new(name: name, max_bytes: max_bytes)
        return segment unless block_given?

        begin
          yield segment
        ensure
          segment.release
        end
      end

      # The segment whose descriptor was inherited or received.
      #
      # @param file [Integer, IO] stays the caller's
      # @return [Segment]
      # @raise [CorruptError] it is no segment
      def attach(file)
        fd = file.respond_to?(:fileno) ? file.fileno : file
        unless fd.is_a?(Integer)
          raise TypeError, "file must be an IO or a descriptor, not #{file.class}"
        end

        from_handle(Native.bp_segment_attach_fd(fd))
      end

      # @api private
      def handle_of(segment)
        return if segment.nil?
        return segment.instance_variable_get(:@handle) if segment.is_a?(Segment)

        raise TypeError, "segment must be a Billiard::Segment, not #{segment.class}"
      end

      private

      def from_handle(handle)
        allocate.tap { |segment| segment.instance_variable_set(:@handle, handle) }
      end
    end

    # Makes an anonymous segment, which forked children share.
    #
    # @param max_bytes [Integer, nil] memory that objects may use; nil: 64 GiB of address space
    # @param name [String, nil] see Segment.open
    # @raise [ArgumentError, TypeError] for a wrong argument, which is named
    # @raise [OutOfMemoryError, SystemError]
    def initialize(max_bytes: nil, name: nil)
      unless max_bytes.nil? || (max_bytes.is_a?(Integer) && max_bytes.between?(1, (2**63) - 1))
        raise ArgumentError, "max_bytes must be a positive Integer, got #{max_bytes.inspect}"
      end

      @handle = name.nil? ? Native.bp_segment_create(max_bytes) : open_named(name, max_bytes)
    end

    # @return [Integer] the segment's file descriptor, to be passed to another process; it stays the
    #   segment's, and is closed on exec unless the program passes it on
    def fd
      Native.bp_segment_fd(@handle)
    end
    alias fileno fd

    # @return [Stats] exact while nobody makes or ends objects
    def stats
      Stats.new(**Native.bp_segment_get_stats(@handle))
    end

    # Takes back at once what processes held that have died; it happens by itself when memory is
    # needed.
    #
    # @return [self]
    def sweep
      Native.bp_segment_sweep(@handle)
      self
    end

    # Frees this handle; objects in the segment keep it. May be repeated.
    #
    # @return [nil]
    def release
      Native.release(@handle)
    end

    # @return [String]
    def inspect
      "#<#{self.class}>"
    end
    alias to_s inspect

    private

    def open_named(name, max_bytes)
      raise TypeError, "name must be a String, not #{name.class}" unless name.is_a?(String)

      Native.bp_segment_open(name, max_bytes)
    end
  end
end
