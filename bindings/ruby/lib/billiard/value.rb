# frozen_string_literal: true

module Billiard
  # One typed value in shared memory, with a lock or raw.
  #
  #   count = Billiard::Value.new("i", 0)
  #   count.synchronize { count.value += 1 }  # or
  #   count.fetch_add(1)
  #
  #   point = Billiard::Value.new({ x: "d", y: "d" }, { x: 1.5 })
  #   point[:y] = 2
  #
  # Typecodes: c (a byte), b B h H i I l L q Q (integers of 1, 2, 4, 8, 8 bytes, signed and unsigned),
  # u (a character), f d (floats), ? (true or false). Every single access takes the lock, if there is
  # one, and is whole without it too; the atomic operations take none.
  class Value < SharedObject
    include Typed

    # @param type [String, Symbol, Hash] a typecode; or a structure, { x: "d", n: "i" } or "x:d,n:i"
    # @param initial [Object, nil] the first value, for a structure a Hash; nil: zero
    # @param lock [Boolean, Lock, RLock] true: a new RLock; false: none, the value is raw
    # @param wrap [Boolean] integers out of range are taken modulo, instead of being refused
    # @param name [String, nil] see SharedObject.open; an existing one keeps its contents
    # @param segment [Segment, nil] where an anonymous one lives; nil: the default segment
    # @raise [ArgumentError, TypeError, KeyError] for a wrong argument, which is named
    # @raise [ExistsError, CorruptError, OutOfMemoryError, SystemError]
    def initialize(type, initial = nil, lock: true, wrap: false, name: nil, segment: nil)
      super()
      prepare(ElementType.new(type), wrap, lock)
      data = initial.nil? ? "" : @type.pack(initial, wrap)
      @handle = Native.bp_value_create(@type.text, data,
                                       options(segment, name, *lock_options(lock, wrap)))
    end

    # @return [Object] the value of a scalar; of a structure, a Hash of its fields
    def value
      return to_h if @type.structure?

      guarded { read_field(@type.fields.first) }
    end

    # @raise [TypeError] of the wrong kind
    # @raise [InvalidError] out of range
    def value=(value)
      if @type.structure?
        data = @type.pack(value, @wrap)
        guarded { Native.bp_value_set_bytes(@handle, data) }
      else
        guarded { write_field(@type.fields.first, value) }
      end
    end

    # @param name [Symbol, String] of a structure's field
    # @raise [KeyError]
    def [](name)
      field = @type.field(name)
      guarded { read_field(field) }
    end

    # @param name [Symbol, String] of a structure's field
    # @raise [KeyError, TypeError, InvalidError]
    def []=(name, value)
      field = @type.field(name)
      guarded { write_field(field, value) }
    end

    # @return [Hash] all fields of a structure, read under the lock
    def to_h
      guarded { @type.fields.to_h { |field| [field.name, read_field(field)] } }
    end

    # @return [String] the value's bytes, binary
    def bytes
      guarded { Native.bp_value_get_bytes(@handle).first }
    end

    # @param bytes [String] exactly as many as the type has
    def bytes=(bytes)
      guarded { Native.bp_value_set_bytes(@handle, Codec.raw(bytes, "bytes")) }
    end

    # Adds to an integer, atomically and without the lock.
    #
    # @param number [Integer]
    # @param field [Symbol, nil] of a structure
    # @return [Integer] what was there before
    # @raise [InvalidError] the sum is out of range; nothing was changed
    def fetch_add(number, field: nil)
      field = integer_field(field)
      from_int64(Native.bp_value_fetch_add(@handle, field.number, as_int64(number, field)), field)
    end

    # Sets an integer, atomically and without the lock.
    #
    # @return [Integer] what was there before
    def exchange(number, field: nil)
      field = integer_field(field)
      from_int64(Native.bp_value_exchange(@handle, field.number, signed(number, field)), field)
    end

    # Sets an integer that is `expected`, atomically and without the lock.
    #
    # @return [Boolean] whether it was, and was set
    def compare_exchange(expected, number, field: nil)
      field = integer_field(field)
      expected = as_int64(expected, field)
      Native.bp_value_compare_exchange(@handle, field.number, expected, signed(number, field)) ==
        expected
    end

    # Waits while an integer of 4 bytes is `expected`. Who changes it has to #wake.
    #
    # @param timeout [Numeric, nil] seconds; nil waits for ever
    # @return [Boolean] whether it is something else now
    def wait(expected, seconds = nil, timeout: seconds, field: nil)
      field = integer_field(field)
      expected = as_int64(expected, field)
      deadline = Seconds.deadline(Seconds.timeout(timeout))
      return true if Native.bp_value_wait(@handle, field.number, expected, 0)

      Scheduler.wait_until(deadline) do |left|
        Native.bp_value_wait(@handle, field.number, expected, left)
      end
    end

    # Wakes those who wait.
    #
    # @param count [Integer, nil] at most so many; nil: all
    # @return [self]
    def wake(count = nil, field: nil)
      Native.bp_value_wake(@handle, integer_field(field).number, count || -1)
      self
    end

    # @param segment [Segment, nil] where the copy lives; nil: the default segment
    # @return [Value] a new raw one with the same contents
    def copy(segment: nil)
      handle = guarded { Native.bp_value_copy(@handle, options(segment, nil)) }
      self.class.from_handle(handle, false)
    end

    # @param lock [Lock, RLock, nil] nil: a new RLock
    # @return [Value] a second handle to this raw value, with a lock
    # @raise [StateError] it has one already
    def synchronized(lock: nil)
      wished = options(nil, nil, *lock_options(lock || true, @wrap))
      self.class.from_handle(Native.bp_value_synchronize(@handle, wished), true)
    end

    # @return [Integer] names it in its segment, for Value.attach; 0 for a named one
    def id
      Native.bp_value_id(@handle)
    end

    # @return [String] "<Synchronized wrapper for i(5)>", or "<i(5)>" when it is raw
    def inspect
      Native.bp_value_describe(@handle)
    end

    class << self
      # @api private
      def from_handle(handle, lock = nil)
        allocate.tap { |value| value.__send__(:adopt, handle, lock) }
      end

      private

      def native_attach(segment, id)
        Native.bp_value_attach(segment, id)
      end
    end

    private

    def adopt(handle, lock)
      super(handle)
      prepare(ElementType.new(Native.bp_value_type(handle)), nil, lock)
      find_lock if lock.nil?
    end

    def lock_getters
      [-> { Native.bp_value_get_rlock(@handle) }, -> { Native.bp_value_get_lock(@handle) }]
    end

    def get_int(field) = Native.bp_value_get_int(@handle, field)
    def get_uint(field) = Native.bp_value_get_uint(@handle, field)
    def get_double(field) = Native.bp_value_get_double(@handle, field)
    def set_int(field, number) = Native.bp_value_set_int(@handle, field, number)
    def set_uint(field, number) = Native.bp_value_set_uint(@handle, field, number)
    def set_double(field, number) = Native.bp_value_set_double(@handle, field, number)

    def get_byte(field)
      Native.bp_value_get_bytes(@handle).first[field.offset]
    end

    def set_byte(field, byte)
      Native.bp_value_set_int(@handle, field.number, byte.unpack1("c"))
    end

    def try_to_take(owner) = Native.bp_value_acquire(@handle, owner, 0)
    def wait_to_take(owner, left) = Native.bp_value_wait_lock(@handle, owner, left)
    def hold(owner, &block) = Native.hold_value(@handle, owner, &block)
    def give_back(owner) = Native.bp_value_unlock(@handle, owner)
  end
end
