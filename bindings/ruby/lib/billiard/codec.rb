# frozen_string_literal: true

require "msgpack"

module Billiard
  # Values and the bytes that travel. MessagePack, so that a Hash here is a map in Go and a table in
  # Lua; Symbols become texts, binary Strings become MessagePack's bin.
  # @api private
  module Codec
    RAW = Native::BP_FORMAT_RAW
    MSGPACK = Native::BP_FORMAT_MSGPACK

    # A deeply nested or self-containing value ends in SystemStackError.
    FAILURES = [StandardError, SystemStackError].freeze

    class << self
      # @return [String] the arguments of a call, one MessagePack array
      def encode_arguments(arguments, name = "argument")
        MessagePack.pack(arguments)
      rescue *FAILURES
        arguments.each.with_index(1) { |argument, number| encode(argument, "#{name} #{number}") }
        raise
      end

      # @return [String] one MessagePack value
      def encode(value, name = "value")
        MessagePack.pack(value)
      rescue *FAILURES => e
        raise Error.make(EncodingError, "#{name} can not be encoded: #{reason(e)}")
      end

      # @return [String] the bytes of a raw payload or message
      def raw(bytes, name)
        return bytes if bytes.is_a?(String)

        raise TypeError, "#{name} must be a String of bytes, not #{bytes.class}"
      end

      # @return [Object] what a message holds: a binary String when it came raw
      def decode(bytes, format)
        case format
        when RAW then bytes
        when MSGPACK then unpack(bytes)
        else raise Error.make(DecodingError, "Ruby can not read payloads of format #{format}")
        end
      end

      private

      def unpack(bytes)
        MessagePack.unpack(bytes)
      rescue *FAILURES => e
        raise Error.make(DecodingError, "not a MessagePack value: #{e.message} (#{e.class})")
      end

      # NoMethodError's own text would show the whole object.
      def reason(error)
        return error.message unless error.is_a?(NoMethodError)

        "MessagePack has no form for #{error.receiver.class}"
      end
    end
  end
  private_constant :Codec
end
