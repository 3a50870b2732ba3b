# frozen_string_literal: true

module Billiard
  # A block of shared memory, for whatever a program keeps in it. Who writes when is the program's
  # affair: a Lock beside it, or an Event.
  class Memory < SharedObject
    # Makes a block of zeroed bytes.
    #
    # @param size [Integer] bytes, 0 to 1 GiB
    # @param name [String, nil] see SharedObject.open
    # @param segment [Segment, nil] where an anonymous one lives; nil: the default segment
    # @raise [ArgumentError, TypeError, TooLargeError, ExistsError, CorruptError]
    # @raise [OutOfMemoryError, SystemError]
    def initialize(size, name: nil, segment: nil)
      super()
      raise TypeError, "size must be an Integer, not #{size.class}" unless size.is_a?(Integer)
      raise ArgumentError, "size is out of range: #{size}" unless size.bit_length < 63

      adopt(Native.bp_memory_create(size, options(segment, name)))
    end

    # @return [Integer] bytes
    def size
      Native.bp_memory_size(@handle)
    end
    alias bytesize size

    # Copies bytes out.
    #
    # @param offset [Integer]
    # @param count [Integer, nil] nil: up to the end
    # @return [String] binary
    # @raise [OutOfRangeError]
    def read(offset = 0, count = nil)
      count ||= size - offset
      read = Native.memory_read(@handle, offset, count) if fits?(offset) && fits?(count)
      read || raise(OutOfRangeError.of("bytes #{offset} to #{offset + count}", "#{size} bytes"))
    end

    # Copies bytes in.
    #
    # @param offset [Integer]
    # @param bytes [String]
    # @return [self]
    # @raise [OutOfRangeError] nothing was written
    def write(offset, bytes)
      raise TypeError, "bytes must be a String, not #{bytes.class}" unless bytes.is_a?(String)
      return self if fits?(offset) && Native.memory_write(@handle, offset, bytes)

      raise OutOfRangeError.of("bytes #{offset} to #{offset + bytes.bytesize}", "#{size} bytes")
    end

    # @return [Integer] names it in its segment, for Memory.attach; 0 for a named one
    def id
      Native.bp_memory_id(@handle)
    end

    # @return [String]
    def inspect
      "#<#{self.class} #{size} bytes>"
    end

    class << self
      private

      def native_attach(segment, id)
        Native.bp_memory_attach(segment, id)
      end
    end

    private

    def fits?(number)
      raise TypeError, "offset must be an Integer, not #{number.class}" unless number.is_a?(Integer)

      number.bit_length < 63
    end
  end
end
