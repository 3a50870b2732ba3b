# frozen_string_literal: true

module Billiard
  # The type of a value or of an array's elements: one typecode, or a structure of named fields.
  #
  #   c  char: a String of one byte    u  a character: a String of one
  #   b B  h H  i I  l L  q Q          integers of 1, 2, 4, 8 and 8 bytes, signed and unsigned
  #   f d  float, double: a Float      ?  true or false
  # @api private
  class ElementType
    Code = Struct.new(:size, :directive, :kind, :range)
    CODES = {
      "c" => Code.new(1, "a", :byte), "u" => Code.new(4, "L", :character, 0..0x10ffff),
      "?" => Code.new(1, "C", :truth, 0..1),
      "f" => Code.new(4, "f", :float), "d" => Code.new(8, "d", :float),
      **{ "b" => [1, "c"], "h" => [2, "s"], "i" => [4, "l"], "l" => [8, "q"], "q" => [8, "q"] }
        .to_h do |code, (size, directive)|
          bits = (size * 8) - 1
          [code, Code.new(size, directive, :integer, (-(2**bits)..((2**bits) - 1)))]
        end,
      **{ "B" => [1, "C"], "H" => [2, "S"], "I" => [4, "L"], "L" => [8, "Q"], "Q" => [8, "Q"] }
        .to_h do |code, (size, directive)|
          [code, Code.new(size, directive, :integer, (0..((2**(size * 8)) - 1)))]
        end
    }.freeze
    private_constant :Code, :CODES

    # One field; a scalar is its own field 0, without a name.
    class Field
      attr_reader :number, :name, :code, :offset, :size, :kind, :range, :directive

      def initialize(number, name, code, offset)
        @number = number
        @name = name
        @code = code
        @offset = offset
        found = CODES.fetch(code)
        @size = found.size
        @kind = found.kind
        @range = found.range
        @directive = found.directive
      end

      # What the library is given for a Ruby value, checked; with `wrap` an integer is taken modulo.
      #
      # @raise [TypeError, InvalidError]
      def number_for(value, wrap)
        case kind
        when :integer then integer_for(value, wrap)
        when :float then float_for(value)
        when :truth then truth_for(value)
        when :character then text_for(value, :length).ord
        when :byte then text_for(value, :bytesize).b
        end
      end

      # The Ruby value of what the library has.
      def value_of(number)
        case kind
        when :truth then !number.zero?
        when :character then character_of(number)
        else number
        end
      end

      # Whether it does not fit into int64_t.
      def wide?
        range.last >= 2**63
      end

      private

      def integer_for(value, wrap)
        refuse(value, "an Integer") unless value.is_a?(Integer)
        return value if range.cover?(value)
        return ((value - range.first) % range.size) + range.first if wrap

        raise Error.make(InvalidError, "#{value} is out of range for type #{code} (#{range})")
      end

      def float_for(value)
        refuse(value, "a number") unless value.is_a?(Numeric) && value.real?

        Float(value)
      end

      def truth_for(value)
        refuse(value, "true or false") unless [true, false].include?(value)

        value ? 1 : 0
      end

      def text_for(value, measure)
        refuse(value, "a String") unless value.is_a?(String)
        return value if value.public_send(measure) == 1

        raise Error.make(InvalidError, "type #{code} holds one, not #{value.inspect}")
      end

      # Memory that others write may hold what is no character.
      def character_of(number)
        [number].pack("U")
      rescue RangeError
        "\u{fffd}"
      end

      def refuse(value, wanted)
        what = name ? "field #{name}" : "value"
        raise TypeError, "#{what} must be #{wanted} for type #{code}, not #{value.class}"
      end
    end

    # @return [String] as the library writes it: "i", "x:d,n:i"
    attr_reader :text

    # @return [Integer] bytes of one element
    attr_reader :size

    # @return [::Array<Field>]
    attr_reader :fields

    # @param type [String, Symbol, Hash] a typecode, "x:d,n:i", or { x: "d", n: "i" }
    # @raise [TypeError, InvalidError] which name the type
    def initialize(type)
      @text = text_of(type)
      @size, = Native.bp_type_read(@text)
      @fields = read_fields.freeze
      @by_name = @fields.to_h { |field| [field.name, field] }
      @format = @fields.map { |field| "@#{field.offset}#{field.directive}" }.join
    end

    # @return [Boolean] whether it is a structure
    def structure?
      !@fields.first.name.nil?
    end

    # @param name [Symbol, String, nil] nil: the scalar
    # @return [Field]
    # @raise [KeyError]
    def field(name)
      @by_name.fetch(name&.to_sym) do
        raise KeyError, name ? "no field #{name} in #{text}" : "#{text} has fields: name one"
      end
    end

    # Bytes of one element.
    def pack(value, wrap)
      return [@fields.first.number_for(value, wrap)].pack(@fields.first.directive) unless structure?

      given = by_field(value)
      bytes = @fields.map do |field|
        given.key?(field.name) ? field.number_for(given[field.name], wrap) : zero(field)
      end
      bytes.pack(@format).ljust(@size, "\0")
    end

    # Bytes of several elements.
    def pack_all(values, wrap)
      return values.map { |value| pack(value, wrap) }.join if structure?

      field = @fields.first
      numbers = values.map { |value| field.number_for(value, wrap) }
      numbers.pack("#{field.directive}*").then { |bytes| field.kind == :byte ? numbers.join : bytes }
    end

    # The values of whole elements.
    def unpack_all(bytes)
      field = @fields.first
      if structure?
        return ::Array.new(bytes.bytesize / @size) { |i| unpack(bytes.byteslice(i * @size, @size)) }
      end
      return bytes.each_char.to_a if field.kind == :byte

      numbers = bytes.unpack("#{field.directive}*")
      %i[truth character].include?(field.kind) ? numbers.map { |each| field.value_of(each) } : numbers
    end

    private

    def text_of(type)
      case type
      when String then type
      when Symbol then type.name
      when Hash then type.map { |name, code| "#{name}:#{code}" }.join(",")
      else raise TypeError, "type must be a typecode or fields, not #{type.class}"
      end
    end

    # The library has found the text well formed.
    def read_fields
      return [Field.new(0, nil, @text, 0)] unless @text.include?(":")

      offset = 0
      @text.split(",").each_with_index.map do |words, number|
        name, code = words.split(":")
        size = CODES.fetch(code).size
        offset = (offset + size - 1) / size * size
        Field.new(number, name.to_sym, code, offset).tap { offset += size }
      end
    end

    def by_field(value)
      case value
      when Hash then value.transform_keys { |name| field(name).name }
      when ::Array
        if value.size > @fields.size
          raise Error.make(InvalidError, "#{value.size} values for the fields of #{text}")
        end

        @fields.map(&:name).zip(value).first(value.size).to_h
      else raise TypeError, "value must be a Hash of fields for #{text}, not #{value.class}"
      end
    end

    def unpack(bytes)
      numbers = bytes.unpack(@format)
      @fields.zip(numbers).to_h { |field, number| [field.name, field.value_of(number)] }
    end

    def zero(field)
      field.kind == :byte ? "\0" : 0
    end
  end
  private_constant :ElementType
end
