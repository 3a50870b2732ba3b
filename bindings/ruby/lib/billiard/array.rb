# frozen_string_literal: true

module Billiard
  # An array of typed elements in shared memory, with a lock or raw.
  #
  #   squares = Billiard::Array.new("q", 1000)
  #   fork { squares.fill(0); 1000.times { |i| squares[i] = i * i } }
  #
  # Types, and what takes the lock, are those of Value. An index counts from 0, or, when negative, from
  # the end. Slices and #each read copies, each taken in one step under the lock. (Inside the module
  # Billiard, Ruby's own class is ::Array.)
  class Array < SharedObject
    include Typed
    include Enumerable

    # @param type [String, Symbol, Hash] see Value
    # @param contents [Integer, ::Array, String] a number of zeroed elements, or their values; for
    #   chars also their bytes
    # @param lock [Boolean, Lock, RLock] true: a new RLock; false: none, the array is raw
    # @param wrap [Boolean] integers out of range are taken modulo, instead of being refused
    # @param name [String, nil] see SharedObject.open; an existing one keeps its contents
    # @param segment [Segment, nil] where an anonymous one lives; nil: the default segment
    # @raise [ArgumentError, TypeError, KeyError] for a wrong argument, which is named
    # @raise [TooLargeError, ExistsError, CorruptError, OutOfMemoryError, SystemError]
    def initialize(type, contents, lock: true, wrap: false, name: nil, segment: nil)
      super()
      prepare(ElementType.new(type), wrap, lock)
      length, data = contents_of(contents)
      @handle = Native.bp_array_create(@type.text, length, data,
                                       options(segment, name, *lock_options(lock, wrap)))
    end

    # @return [Integer]
    def length
      Native.bp_array_length(@handle)
    end
    alias size length

    # @overload [](index)
    #   @return [Object] an element; of a structure, a Hash
    # @overload [](index, field)
    #   @return [Object] a field of a structure
    # @overload [](range)
    #   @return [::Array] copies
    # @overload [](start, count)
    #   @return [::Array] copies
    # @raise [OutOfRangeError]
    def [](index, more = nil)
      return slice(*span(index)) if index.is_a?(Range)
      return slice(*span_of(index, more)) if more.is_a?(Integer)
      return element(place(index)) if more.nil?

      field = @type.field(more)
      at = place(index)
      guarded { read_field(field, at) }
    end

    # @overload []=(index, value)
    # @overload []=(index, field, value)
    # @overload []=(range, values)
    # @overload []=(start, count, values)
    # @raise [OutOfRangeError]
    # @raise [ArgumentError] as many values as places are needed
    # @raise [TypeError, InvalidError]
    def []=(index, more, value = (one = true))
      return set_element(index, more) if one && !index.is_a?(Range)
      return set_slice(span(index), more) if one
      return set_slice(span_of(index, more), value) if more.is_a?(Integer)

      field = @type.field(more)
      at = place(index)
      guarded { write_field(field, value, at) }
    end

    # @return [::Array] copies of all elements
    def to_a
      slice(0, length)
    end
    alias entries to_a

    # Yields copies of all elements, as they were at the beginning.
    #
    # @return [self, Enumerator]
    def each(&block)
      return enum_for(:each) { length } unless block

      to_a.each(&block)
      self
    end

    # Sets elements to one value.
    #
    # @return [self]
    # @raise [OutOfRangeError, TypeError, InvalidError]
    def fill(value, start = 0, count = nil)
      start, count = span_of(start, count || (length - place(start, length)))
      data = @type.pack(value, @wrap)
      guarded { Native.bp_array_fill(@handle, start, count, data) }
      self
    end

    # Copies the bytes of whole elements out.
    #
    # @return [String] binary
    # @raise [OutOfRangeError]
    def read(start = 0, count = nil)
      start, count = span_of(start, count || (length - place(start, length)))
      guarded { Native.bp_array_read(@handle, start, count).first }
    end

    # Copies the bytes of whole elements in.
    #
    # @return [self]
    # @raise [OutOfRangeError]
    # @raise [InvalidError] no whole elements, or more than there are; nothing was written
    def write(start, bytes)
      start = place(start, length)
      bytes = Codec.raw(bytes, "bytes")
      guarded { Native.bp_array_write(@handle, start, bytes) }
      self
    end

    # @return [String] for an array of chars: its bytes up to the first NUL, binary
    # @raise [InvalidError] of another type
    def text
      guarded { Native.bp_array_get_text(@handle).first }
    end

    # @param text [String] at most as many bytes as there are elements
    # @raise [InvalidError] it is too long, or the array is of another type
    def text=(text)
      bytes = Codec.raw(text, "text")
      if bytes.bytesize > length
        raise Error.make(InvalidError, "a text of #{bytes.bytesize} bytes for #{length} chars")
      end

      guarded { Native.bp_array_set_text(@handle, bytes) }
    end

    # Adds to an integer element, atomically and without the lock.
    #
    # @return [Integer] what was there before
    # @raise [OutOfRangeError]
    # @raise [InvalidError] the sum is out of range; nothing was changed
    def fetch_add(index, number, field: nil)
      field = integer_field(field)
      before = Native.bp_array_fetch_add(@handle, place(index), field.number,
                                         as_int64(number, field))
      from_int64(before, field)
    end

    # Sets an integer element, atomically and without the lock.
    #
    # @return [Integer] what was there before
    def exchange(index, number, field: nil)
      field = integer_field(field)
      before = Native.bp_array_exchange(@handle, place(index), field.number, signed(number, field))
      from_int64(before, field)
    end

    # Sets an integer element that is `expected`, atomically and without the lock.
    #
    # @return [Boolean] whether it was, and was set
    def compare_exchange(index, expected, number, field: nil)
      field = integer_field(field)
      expected = as_int64(expected, field)
      Native.bp_array_compare_exchange(@handle, place(index), field.number, expected,
                                       signed(number, field)) == expected
    end

    # Waits while an integer element of 4 bytes is `expected`. Who changes it has to #wake.
    #
    # @param timeout [Numeric, nil] seconds; nil waits for ever
    # @return [Boolean] whether it is something else now
    def wait(index, expected, seconds = nil, timeout: seconds, field: nil)
      field = integer_field(field)
      expected = as_int64(expected, field)
      at = place(index)
      deadline = Seconds.deadline(Seconds.timeout(timeout))
      return true if Native.bp_array_wait(@handle, at, field.number, expected, 0)

      Scheduler.wait_until(deadline) do |left|
        Native.bp_array_wait(@handle, at, field.number, expected, left)
      end
    end

    # Wakes those who wait.
    #
    # @param count [Integer, nil] at most so many; nil: all
    # @return [self]
    def wake(index, count = nil, field: nil)
      Native.bp_array_wake(@handle, place(index), integer_field(field).number, count || -1)
      self
    end

    # @param segment [Segment, nil] where the copy lives; nil: the default segment
    # @return [Array] a new raw one with the same contents
    def copy(segment: nil)
      handle = guarded { Native.bp_array_copy(@handle, options(segment, nil)) }
      self.class.from_handle(handle, false)
    end

    # @param lock [Lock, RLock, nil] nil: a new RLock
    # @return [Array] a second handle to this raw array, with a lock
    # @raise [StateError] it has one already
    def synchronized(lock: nil)
      wished = options(nil, nil, *lock_options(lock || true, @wrap))
      self.class.from_handle(Native.bp_array_synchronize(@handle, wished), true)
    end

    # @return [Integer] names it in its segment, for Array.attach; 0 for a named one
    def id
      Native.bp_array_id(@handle)
    end

    # @return [String] "<SynchronizedArray wrapper for i[10]>", or "<i[10]>" when it is raw
    def inspect
      Native.bp_array_describe(@handle)
    end

    class << self
      # @api private
      def from_handle(handle, lock = nil)
        allocate.tap { |array| array.__send__(:adopt, handle, lock) }
      end

      private

      def native_attach(segment, id)
        Native.bp_array_attach(segment, id)
      end
    end

    private

    def adopt(handle, lock)
      super(handle)
      prepare(ElementType.new(Native.bp_array_type(handle)), nil, lock)
      find_lock if lock.nil?
    end

    # @return [::Array(Integer, String)] length and bytes
    def contents_of(contents)
      case contents
      when Integer
        return [contents, ""] if contents.bit_length < 63

        raise ArgumentError, "length is out of range: #{contents}"
      when ::Array then [contents.size, @type.pack_all(contents, @wrap)]
      when String then [contents.bytesize / @type.size, chars(contents)]
      else raise TypeError, "contents must be a length or values, not #{contents.class}"
      end
    end

    def chars(text)
      return text if @type.text == "c"

      raise TypeError, "contents must be a length or values for type #{@type.text}, not a String"
    end

    # The index from 0 on, below `bound`.
    def place(index, bound = length - 1)
      raise TypeError, "index must be an Integer, not #{index.class}" unless index.is_a?(Integer)

      at = index.negative? ? index + length : index
      return at if at.between?(0, bound)

      raise OutOfRangeError.of("index #{index}", "#{length} elements")
    end

    def span_of(start, count)
      raise TypeError, "count must be an Integer, not #{count.class}" unless count.is_a?(Integer)

      at = place(start, length)
      return [at, count] if count.between?(0, length - at)

      raise OutOfRangeError.of("index #{start}, count #{count}", "#{length} elements")
    end

    # As Ruby's own arrays have it: an end behind the last element means the last.
    def span(range)
      start = place(range.begin || 0, length)
      stop = range.end || -1
      stop += length if stop.negative?
      stop -= 1 if range.exclude_end? && !range.end.nil?
      [start, [[stop, length - 1].min - start + 1, 0].max]
    end

    def slice(start, count)
      bytes = guarded { Native.bp_array_read(@handle, start, count).first }
      @type.unpack_all(bytes)
    end

    def set_slice(span, values)
      start, count = span
      values = values.to_a
      if values.size != count
        raise Error.make(InvalidError, "#{values.size} values for #{count} elements")
      end

      data = @type.pack_all(values, @wrap)
      guarded { Native.bp_array_write(@handle, start, data) }
    end

    def element(at)
      return slice(at, 1).first if @type.structure?

      guarded { read_field(@type.fields.first, at) }
    end

    def set_element(index, value)
      at = place(index)
      if @type.structure?
        data = @type.pack(value, @wrap)
        guarded { Native.bp_array_write(@handle, at, data) }
      else
        guarded { write_field(@type.fields.first, value, at) }
      end
    end

    def lock_getters
      [-> { Native.bp_array_get_rlock(@handle) }, -> { Native.bp_array_get_lock(@handle) }]
    end

    def get_int(at, field) = Native.bp_array_get_int(@handle, at, field)
    def get_uint(at, field) = Native.bp_array_get_uint(@handle, at, field)
    def get_double(at, field) = Native.bp_array_get_double(@handle, at, field)
    def set_int(at, field, number) = Native.bp_array_set_int(@handle, at, field, number)
    def set_uint(at, field, number) = Native.bp_array_set_uint(@handle, at, field, number)
    def set_double(at, field, number) = Native.bp_array_set_double(@handle, at, field, number)

    def get_byte(at, field)
      Native.bp_array_read(@handle, at, 1).first[field.offset]
    end

    def set_byte(at, field, byte)
      Native.bp_array_set_int(@handle, at, field.number, byte.unpack1("c"))
    end

    def try_to_take(owner) = Native.bp_array_acquire(@handle, owner, 0)
    def wait_to_take(owner, left) = Native.bp_array_wait_lock(@handle, owner, left)
    def hold(owner, &block) = Native.hold_array(@handle, owner, &block)
    def give_back(owner) = Native.bp_array_unlock(@handle, owner)
  end
end
