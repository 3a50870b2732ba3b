# frozen_string_literal: true

module Billiard
  # What all objects in shared memory have in common: Lock, RLock, Semaphore, BoundedSemaphore,
  # Condition, Event, Barrier, Value, Array, Memory.
  #
  # An anonymous object lives in a segment, the process tree's own by default. It works on both sides
  # of every fork. Another process that has the segment attaches to it by its #id. A named object is
  # opened by its name in any process of the same user, in any of Billiard's languages, and ends
  # with the last process that has it. What a killed process held is given back.
  class SharedObject
    class << self
      # Opens the object of this name and class, and makes it when no living process has it; an
      # existing one keeps what it holds. With a block the handle is released after it.
      #
      # @param name [String] 1 to 200 bytes without "/"
      # @param arguments see the class's own #initialize
      # @yieldparam object [SharedObject]
      # @return [Object, SharedObject] what the block returns; without a block the object
      # @raise [ExistsError] the name's object differs in type, size, bound or number of parties
      # @raise [CorruptError] something else is under that name
      def open(name, *arguments, **options)
        raise TypeError, "name must be a String, not #{name.class}" unless name.is_a?(String)

        object = new(*arguments, name: name, **options)
        return object unless block_given?

        begin
          yield object
        ensure
          object.release
        end
      end

      # The object that another process calls by this id.
      #
      # @param id [Integer] its #id
      # @param segment [Segment, nil] where it lives; nil: the default segment
      # @return [SharedObject]
      # @raise [NotFoundError] it is gone
      # @raise [InvalidError] it is of another class
      def attach(id, segment: nil)
        raise TypeError, "id must be an Integer, not #{id.class}" unless id.is_a?(Integer)
        raise NotFoundError, "there is no object #{id}" unless id.between?(1, (2**63) - 1)

        from_handle(native_attach(Segment.handle_of(segment), id)).tap do |object|
          object.instance_variable_set(:@segment, segment)
        end
      end

      # @api private
      def from_handle(handle)
        allocate.tap { |object| object.__send__(:adopt, handle) }
      end
    end

    # @api private
    attr_reader :handle
    protected :handle

    # Frees this process's handle, and leaves the object as it is; later calls raise ClosedError. The
    # object goes with the last process that has it. May be repeated; the garbage collector does it
    # too.
    #
    # @return [nil]
    def release
      Native.release(@handle)
    end

    # Whether a child that is started anew finds it by its id.
    # @api private
    def in_default_segment?
      @segment.nil?
    end

    # @return [String]
    def to_s
      inspect
    end

    private

    # What the library's options are made of: [segment, name, flags, lock].
    def options(segment, name, flags = 0, lock = nil)
      unless name.nil? || name.is_a?(String)
        raise TypeError, "name must be a String, not #{name.class}"
      end

      @segment = segment
      [Segment.handle_of(segment), name, flags, lock]
    end

    def adopt(handle)
      @handle = handle
    end

    # The lock of a condition, a value or an array, which is of the one sort or the other.
    def lock_from(rlock, lock)
      RLock.from_handle(rlock.call)
    rescue NotFoundError
      Lock.from_handle(lock.call)
    end
  end
end
