# frozen_string_literal: true

module Billiard
  # What Value and Array have in common: typed fields, atomic operations, and a lock, or none.
  #
  # A class that includes it has the library's calls for a field as private methods: `get_int` and so
  # on, each with where the element is (nothing, or an index) and the field's number.
  # @api private
  module Typed
    include Lockable

    # @return [String] "i", or "x:d,n:i" for a structure
    def type
      @type.text
    end

    # @return [::Array<Symbol>] names of a structure's fields; empty for a scalar
    def fields
      @type.structure? ? @type.fields.map(&:name) : []
    end

    # @return [Boolean] whether it has a lock, which every single access takes
    def synchronized?
      @synchronized
    end

    # @return [RLock, Lock, nil] its lock; nil when it is raw
    def lock_object
      @lock_object ||= lock_from(*lock_getters) if @synchronized
    end

    private

    def prepare(type, wrap, lock)
      @type = type
      @wrap = wrap
      @synchronized = lock != false
    end

    # The lock to use, for the library's options: [flags, lock].
    def lock_options(lock, wrap)
      flags = wrap ? Native::BP_WRAP : 0
      case lock
      when true, nil then [flags, nil]
      when false then [flags | Native::BP_NO_LOCK, nil]
      when Lock, RLock then [flags, lock.handle]
      else raise TypeError, "lock: '#{lock}' has no method 'acquire': give a Lock, an RLock, or false"
      end
    end

    # Whether an object that was attached to has a lock.
    def find_lock
      lock_from(*lock_getters).release
      @synchronized = true
    rescue NotFoundError
      @synchronized = false
    end

    # Runs the block with the lock, if there is one. Nobody learns here that a holder died, so that is
    # kept until somebody asks.
    def guarded
      return yield unless @synchronized

      owner = Owner.current
      loop do
        held = hold(owner) do |taken|
          note(taken) unless taken == true
          yield
        end
        return held.first if held

        Scheduler.blocking { wait_to_take(owner, Seconds::FOREVER) }
      end
    end

    def read_field(field, *at)
      case field.kind
      when :float then get_double(*at, field.number)
      when :byte then get_byte(*at, field)
      when :integer then field.wide? ? get_uint(*at, field.number) : get_int(*at, field.number)
      else field.value_of(get_int(*at, field.number))
      end
    end

    def write_field(field, value, *at)
      return write_integer(field, value, *at) if field.kind == :integer && value.is_a?(Integer)

      number = field.number_for(value, @wrap)
      case field.kind
      when :float then set_double(*at, field.number, number)
      when :byte then set_byte(*at, field, number)
      else set_int(*at, field.number, number)
      end
    end

    # What was attached to may wrap: the library, which takes numbers of 64 bits, decides.
    def write_integer(field, value, *at)
      library_decides = @wrap.nil? && value.between?(-(2**63), (2**64) - 1)
      value = field.number_for(value, @wrap) unless library_decides
      value >= 2**63 ? set_uint(*at, field.number, value) : set_int(*at, field.number, value)
    end

    # An integer field, for the library's atomic operations.
    def integer_field(name)
      field = @type.field(name)
      return field if field.kind == :integer

      raise TypeError, "type #{field.code} is no integer"
    end

    # The library's atomic operations have numbers of 64 bits as int64_t.
    def as_int64(number, field)
      raise TypeError, "number must be an Integer, not #{number.class}" unless number.is_a?(Integer)

      number -= 2**64 if field.wide? && number.between?(2**63, (2**64) - 1)
      return number if number.bit_length < 64

      raise Error.make(InvalidError, "#{number} is out of range for type #{field.code}")
    end

    def from_int64(number, field)
      field.wide? ? number % (2**64) : number
    end

    def signed(number, field)
      as_int64(field.number_for(number, @wrap), field)
    end
  end
  private_constant :Typed
end
