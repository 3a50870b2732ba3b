# frozen_string_literal: true

# One half of queue_between_languages.
module Peer
  VALUES = [
    true, false, 0, 127, -1, -32_768, 4_294_967_296, 9_223_372_036_854_775_807,
    -9_223_372_036_854_775_808, 1.5, 1e300, "é€", "\x00\xFF\x80".b, [1, [2, "a"], false],
    { "a" => 1, "b" => [true] }
  ].freeze
  RAW = "\x00\x01\x02\x03".b.freeze
  COUNT = VALUES.size + 1

  module_function

  def play(half, name)
    Billiard::Queue.open(name) do |queue|
      Billiard::Queue.open("#{name}-done") do |done|
        half == "put" ? put(queue, done) : get(queue, done)
      end
    end
  end

  def put(queue, done)
    VALUES.each { |value| queue.put(value) }
    queue.put_bytes(RAW)
    done.get
    "ok put #{COUNT}"
  end

  def get(queue, done)
    values = Array.new(COUNT) { Notation.of_message(queue.get_message) }
    done.put(COUNT)
    "ok #{values.join(' ')}"
  end
end
