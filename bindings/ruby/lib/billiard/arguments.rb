# frozen_string_literal: true

module Billiard
  # The arguments of an entry, as one MessagePack array: values, and what can be shared. Objects of the default
  # segment travel as their ids, named queues as their names, connections and IOs as descriptors that the
  # child gets.
  # @api private
  module Arguments
    SHARED = [Lock, RLock, Semaphore, BoundedSemaphore, Condition, Event, Barrier, Value, Array, Memory].freeze
    TYPE_SHARED = 1
    TYPE_QUEUE = 2
    TYPE_CONNECTION = 3
    TYPE_IO = 4

    class << self
      # @return [Array(String, ::Array<Integer>)] the bytes, and the descriptors to be handed over
      # @raise [EncodingError]
      def encode(arguments)
        files = []
        packer = factory(files).packer
        bytes = packer.write(arguments).to_s
        [bytes, files]
      rescue EncodingError
        raise
      rescue *Codec::FAILURES => e
        reason = e.is_a?(NoMethodError) ? "MessagePack has no form for #{e.receiver.class}" : e.message
        raise Error.make(EncodingError, "an argument can not be encoded: #{reason}")
      end

      # In the child.
      def decode(bytes)
        factory([]).unpacker.feed(bytes).read
      end

      private

      # A factory of its own for each call: the descriptors are of one call.
      def factory(files)
        MessagePack::Factory.new.tap do |made|
          SHARED.each.with_index do |kind, number|
            register(made, TYPE_SHARED, kind) { |object| [number, shared_id(object)] }
          end
          register(made, TYPE_QUEUE, Queue) { |queue| queue_facts(queue) }
          register(made, TYPE_CONNECTION, Connection) { |connection| connection_facts(connection, files) }
          register(made, TYPE_IO, IO) { |io| [add_file(files, io.fileno)] }
        end
      end

      # Types of MessagePack are few; kinds that share one are told apart by what they hold.
      def register(made, type, kind, &facts)
        made.register_type(type, kind, packer: ->(object) { MessagePack.pack(facts.call(object)) },
                                       unpacker: ->(data) { rebuild(type, MessagePack.unpack(data)) })
      end

      def shared_id(object)
        id = object.id
        return id if id.positive? && object.in_default_segment?

        raise Error.make(EncodingError, "#{object.class}: only an anonymous one in the default segment can be " \
                                        "handed over; open a named one by its name in the child")
      end

      def queue_facts(queue)
        return [queue.name, queue.delivery.to_s, queue.joinable?, queue.capacity] if queue.name

        raise Error.make(EncodingError, "an anonymous queue can only be inherited by a fork: give it a name")
      end

      def connection_facts(connection, files)
        [add_file(files, connection.fileno), connection.readable?, connection.writable?]
      end

      def add_file(files, number)
        files << number
        files.size - 1
      end

      def rebuild(type, facts)
        case type
        when TYPE_SHARED then SHARED.fetch(facts[0]).attach(facts[1])
        when TYPE_QUEUE
          name, delivery, joinable, capacity = facts
          Queue.open(name, delivery: delivery.to_sym, joinable: joinable, capacity: capacity)
        when TYPE_CONNECTION then Connection.for_fd(take_file(facts[0]), readable: facts[1], writable: facts[2])
        when TYPE_IO then IO.for_fd(take_file(facts[0]))
        end
      end

      # A fork has its starter's objects beside those that it is handed: each closes its own descriptor.
      def take_file(index)
        number = Native.bpi_inherited_fd(index)
        return number unless Billiard.start_method == "fork"

        IO.for_fd(number, autoclose: false).dup.tap { |io| io.autoclose = false }.fileno
      end
    end
  end
  private_constant :Arguments
end
