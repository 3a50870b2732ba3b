# frozen_string_literal: true

# Values and arrays in shared memory.
class Scenarios
  define(:value_basics) do
    value = Billiard::Value.new("i", 7)
    outcomes = [value.value]
    value.value = -3
    outcomes << value.fetch_add(5)
    outcomes << value.compare_exchange(2, 9) << value.compare_exchange(2, 9) << value.value
    "ok #{outcomes.join(' ')}"
  end

  define(:value_range) do
    value = Billiard::Value.new("b")
    refused = error_naming("200") { value.value = 200 }
    wrapping = Billiard::Value.new("b", wrap: true)
    wrapping.value = 200
    "#{refused}; then ok #{wrapping.value}"
  end

  define(:value_typecode) { error_naming("type") { Billiard::Value.new("z") } }

  define(:value_shared) do
    Billiard::Value.open(object_name, "q", 0) do |value|
      with_assistant("add", 1000) do |assistant|
        1000.times { value.fetch_add(1) }
        assistant.says
        "ok #{value.value}"
      end
    end
  end

  define(:value_structure) do
    value = Billiard::Value.new({ x: "d", n: "i" })
    value[:x] = 2.5
    value[:n] = 7
    "ok #{value[:n]} #{value[:x]}"
  end

  define(:value_by_id) do
    first = Billiard::Value.new("i", 7)
    second = Billiard::Value.attach(first.id)
    first.value = 8
    "ok #{second.value}"
  end

  define(:array_basics) do
    array = Billiard::Array.new("h", [1, 2, 3])
    array[-1] = -5
    behind = error_naming("index") { array[array.length] }
    "ok #{array.to_a.join(' ')} length=#{array.length}; then #{behind}"
  end

  define(:array_characters) do
    array = Billiard::Array.new("c", 5)
    array.text = "ab"
    outcome = "ok #{array.text} #{array.read.unpack1('H*')}"
    "#{outcome}; then #{error_naming('6') { array.text = 'abcdef' }}"
  end

  # In place: each element is written where it is.
  define(:array_view) do
    array = Billiard::Array.new("i", 1000, lock: false)
    1000.times { |i| array[i] = i * i }
    "ok #{array.to_a.sum}"
  end
end
