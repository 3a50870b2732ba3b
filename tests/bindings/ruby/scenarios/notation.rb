# frozen_string_literal: true

# Values as text, the same in every language.
module Notation
  module_function

  def of(value)
    case value
    when nil then "nil"
    when true, false, Integer then value.to_s
    when Float then "f:#{[value].pack('G').unpack1('H*')}"
    when String then "s:#{value.unpack1('H*')}"
    when Array then "[#{value.map { |each| of(each) }.join(',')}]"
    when Hash then "{#{pairs(value).join(',')}}"
    else raise "no notation for #{value.class}"
    end
  end

  def of_message(message)
    message.raw? ? "raw:#{message.bytes.unpack1('H*')}" : of(message.value)
  end

  def pairs(hash)
    hash.sort_by { |key, _value| of(key) }.map { |key, value| "#{of(key)}:#{of(value)}" }
  end
end
