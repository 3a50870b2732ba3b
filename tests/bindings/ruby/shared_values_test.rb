# frozen_string_literal: true

require_relative "support/test_case"

# Values, arrays, memory and segments in Ruby's idiom.
class SharedValuesTest < BilliardTest
  INTEGERS = { "b" => 8, "h" => 16, "i" => 32, "l" => 64, "q" => 64 }.freeze
  UNSIGNED = { "B" => 8, "H" => 16, "I" => 32, "L" => 64, "Q" => 64 }.freeze

  def test_integers_at_their_ends
    ends = INTEGERS.transform_values { |bits| [-(2**(bits - 1)), (2**(bits - 1)) - 1] }
                   .merge(UNSIGNED.transform_values { |bits| [0, (2**bits) - 1] })
    ends.each do |type, (first, last)|
      value = Billiard::Value.new(type)
      array = Billiard::Array.new(type, [first, last])
      assert_equal [first, last, 0], [*array, value.value]
      [first, last].each do |number|
        value.value = array[0] = number
        assert_equal [number, number], [value.value, array[0]]
      end
      [first - 1, last + 1].each do |number|
        error = assert_raises(Billiard::InvalidError) { value.value = number }
        assert_includes error.message, number.to_s
        assert_raises(Billiard::InvalidError) { array[0] = number }
        assert_raises(Billiard::InvalidError) { Billiard::Value.new(type, number) }
      end
      wrapping = Billiard::Array.new(type, [last + 1], wrap: true)
      assert_equal first, wrapping[0]
      wrapping[0] = first - 1
      assert_equal last, wrapping[0]
    end
  end

  def test_other_types
    { "f" => 1.5, "d" => 1e300, "?" => true, "c" => "\xff".b, "u" => "é" }.each do |type, given|
      value = Billiard::Value.new(type, given)
      array = Billiard::Array.new(type, [given, given])
      assert_equal [given, [given, given]], [value.value, array.to_a]
      zero = Billiard::Value.new(type).value
      value.value = zero
      array[1] = zero
      assert_equal [zero, [given, zero]], [value.value, array.to_a]
    end
    assert_equal [0.0, 2.0], [Billiard::Value.new("d").value, Billiard::Value.new("f", 2).value]
  end

  def test_values_of_wrong_kinds
    { "i" => [1.5, "1", nil, true], "d" => ["1", nil, Complex(1, 2)], "?" => [1, nil], "c" => [1],
      "u" => [97] }.each do |type, wrong|
      value = Billiard::Value.new(type)
      wrong.each { |given| assert_raises(TypeError) { value.value = given } }
    end
    %w[c u].each do |type|
      assert_raises(ArgumentError) { Billiard::Value.new(type).value = "ab" }
      assert_raises(ArgumentError) { Billiard::Value.new(type).value = "" }
    end
    ["z", "", "x:z", "i,i", "x:i,x:i"].each do |type|
      assert_raises(ArgumentError) { Billiard::Value.new(type) }
    end
    assert_raises(TypeError) { Billiard::Value.new(5) }
    error = assert_raises(TypeError) { Billiard::Value.new("i", lock: 5) }
    assert_includes error.message, "'5' has no method 'acquire'"
  end

  def test_structures
    point = Billiard::Value.new({ x: "d", n: "b", y: "i" }, { x: 0.5, y: 3 })
    assert_equal({ x: 0.5, n: 0, y: 3 }, point.value)
    point[:n] = -4
    point["x"] = 7
    assert_equal [7.0, -4, 3], [point[:x], point[:n], point[:y]]
    point.value = [1, 2]
    assert_equal({ x: 1.0, n: 2, y: 0 }, point.to_h)
    assert_equal [:x, :n, :y], point.fields
    assert_equal "x:d,n:b,y:i", point.type
    assert_equal 2, point.fetch_add(5, field: :n)
    assert_raises(KeyError) { point[:z] }
    assert_raises(KeyError) { point.value = { z: 1 } }
    assert_raises(TypeError) { point.value = 5 }
    assert_raises(TypeError) { point.fetch_add(1, field: :x) }
    assert_raises(ArgumentError) { point.value = [1, 2, 3, 4] }
  end

  def test_arrays_of_structures
    points = Billiard::Array.new({ x: "f", y: "q" }, [{ x: 1, y: 2 }, [3, 4], {}])
    assert_equal [{ x: 1.0, y: 2 }, { x: 3.0, y: 4 }, { x: 0.0, y: 0 }], points.to_a
    points[2, :y] = 9
    points[0] = { y: 5 }
    assert_equal [9, { x: 0.0, y: 5 }], [points[-1, :y], points[0]]
  end

  def test_indexes_and_slices
    array = Billiard::Array.new("i", [1, 2, 3, 4, 5])
    assert_equal [1, 5, 5], [array[0], array[-1], array.size]
    assert_equal [[2, 3], [4, 5], [1, 2], [5], []],
                 [array[1, 2], array[3..], array[...2], array[-1..9], array[5..]]
    array[1..2] = [20, 30]
    array[3, 2] = [40, 50]
    assert_equal [1, 20, 30, 40, 50], array.to_a
    assert_equal [1, 7, 7, 40, 50], array.fill(7, 1, 2).to_a
    [5, -6, 2**70].each do |index|
      error = assert_raises(Billiard::OutOfRangeError) { array[index] }
      assert_kind_of IndexError, error
      assert_includes error.message, "index #{index}"
      assert_raises(IndexError) { array[index] = 1 }
    end
    assert_raises(IndexError) { array[4, 2] }
    assert_raises(IndexError) { array[6..] }
    assert_raises(ArgumentError) { array[0..1] = [1] }
    assert_raises(TypeError) { array[1.0] }
    assert_raises(TypeError) { array[:x] }
  end

  def test_arrays_are_enumerable
    array = Billiard::Array.new("q", [3, 1, 2])
    assert_equal [6, [1, 2, 3], true, 3], [array.sum, array.sort, array.include?(1), array.first]
    assert_equal [[3, 0], [1, 1], [2, 2]], array.each_with_index.to_a
    assert_equal 3, array.each.size
    assert_empty Billiard::Array.new("q", 0).to_a
  end

  def test_bytes_of_arrays
    array = Billiard::Array.new("H", 4)
    array.write(1, [7, 8].pack("S*"))
    assert_equal [0, 7, 8, 0], array.to_a
    assert_equal [8, 0].pack("S*"), array.read(2)
    assert_equal Encoding::BINARY, array.read.encoding
    assert_raises(ArgumentError) { array.write(0, "x") }
    assert_raises(ArgumentError) { array.write(3, "xxxx") }
    assert_raises(IndexError) { array.read(3, 2) }
    assert_equal [0, 7, 8, 0], array.to_a
  end

  def test_texts_of_chars
    array = Billiard::Array.new("c", "hello")
    assert_equal ["hello", "h", %w[h e l l o]], [array.text, array[0], array.to_a]
    array.text = "hi"
    assert_equal ["hi", "hi\0lo"], [array.text, array.read]
    array.text = "world"
    assert_equal "world", array.text
    assert_raises(ArgumentError) { array.text = "longer" }
    assert_raises(ArgumentError) { Billiard::Array.new("b", 2).text }
    assert_raises(TypeError) { Billiard::Array.new("b", "hello") }
  end

  def test_lengths
    assert_raises(ArgumentError) { Billiard::Array.new("i", -1) }
    assert_raises(ArgumentError) { Billiard::Array.new("i", 2**70) }
    assert_raises(Billiard::TooLargeError) { Billiard::Array.new("q", 2**28) }
    assert_raises(TypeError) { Billiard::Array.new("i", nil) }
  end

  def test_atomic_operations
    value = Billiard::Value.new("Q", (2**64) - 2)
    assert_equal (2**64) - 2, value.fetch_add(1)
    assert_raises(Billiard::InvalidError) { value.fetch_add(1) }
    assert_equal (2**64) - 1, value.exchange(5)
    assert_equal [true, false, 6],
                 [value.compare_exchange(5, 6), value.compare_exchange(5, 7), value.value]
    array = Billiard::Array.new("i", [1, 2])
    assert_equal [2, 12], [array.fetch_add(-1, 10), array.exchange(1, 3)]
    assert_equal [true, [1, 4]], [array.compare_exchange(1, 3, 4), array.to_a]
    assert_raises(IndexError) { array.fetch_add(2, 1) }
    assert_raises(TypeError) { Billiard::Value.new("d").fetch_add(1) }
    wrapping = Billiard::Value.new("b", 127, wrap: true)
    wrapping.fetch_add(1)
    assert_equal(-128, wrapping.value)
  end

  def test_increments_of_processes_and_threads_are_exact
    value = Billiard::Value.new("q")
    array = Billiard::Array.new("I", 2)
    children = Array.new(2) do
      fork do
        threads = Array.new(2) { Thread.new { 500.times { value.fetch_add(1) && array.fetch_add(1, 2) } } }
        threads.each(&:join)
        exit!(0)
      end
    end
    children.each { |pid| Process.wait(pid) }
    assert_equal [2000, [0, 4000]], [value.value, array.to_a]
  end

  def test_waiting_for_a_value
    value = Billiard::Value.new("i")
    assert_equal [true, false], [value.wait(1), value.wait(0, 0.01)]
    waiter = Thread.new { value.wait(0) }
    wait_until_asleep(waiter)
    assert_equal true, in_child { value.exchange(2) && value.wake && true }
    assert_equal true, waiter.value
    array = Billiard::Array.new("I", 2)
    waiter = Thread.new { array.wait(1, 0) }
    wait_until_asleep(waiter)
    array[1] = 5
    array.wake(1)
    assert_equal true, waiter.value
    assert_raises(ArgumentError) { Billiard::Value.new("q").wait(0, 0) }
  end

  def test_the_lock_is_taken_by_every_access
    value = Billiard::Value.new("i", 1)
    array = Billiard::Array.new("i", [1])
    [value, array].each do |shared|
      assert_kind_of Billiard::RLock, shared.lock_object
      reader = nil
      shared.synchronize do
        reader = Thread.new { shared == value ? value.value : array[0] }
        wait_until_asleep(reader)
        shared == value ? value.value = 2 : array[0] = 2
      end
      assert_equal 2, reader.value
    end
  end

  def test_locks_of_ones_own
    rlock = Billiard::RLock.new
    first = Billiard::Value.new("i", lock: rlock)
    second = Billiard::Array.new("i", 1, lock: rlock)
    first.synchronize { refute(Thread.new { second.try_lock }.value) }
    lock = Billiard::Lock.new
    plain = Billiard::Value.new("i", lock: lock)
    plain.value = 4
    assert_kind_of Billiard::Lock, plain.lock_object
    lock.synchronize { refute plain.try_lock }
  end

  def test_raw_objects
    raw = Billiard::Value.new("i", 3, lock: false)
    refute_predicate raw, :synchronized?
    assert_nil raw.lock_object
    assert_raises(Billiard::StateError) { raw.acquire }
    locked = raw.synchronized
    assert_predicate locked, :synchronized?
    locked.synchronize { locked.value = 4 }
    assert_equal 4, raw.value
    error = assert_raises(Billiard::StateError) { locked.synchronized }
    assert_includes error.message, "already synchronized"
    array = Billiard::Array.new("i", [1], lock: false).synchronized(lock: Billiard::Lock.new)
    assert_kind_of Billiard::Lock, array.lock_object
  end

  def test_copies_are_independent
    value = Billiard::Value.new("i", 3)
    array = Billiard::Array.new("c", "abc")
    copies = [value.copy, array.copy(segment: Billiard::Segment.new)]
    value.value = 4
    array.text = "xyz"
    assert_equal [3, "abc"], [copies[0].value, copies[1].text]
    refute(copies.any?(&:synchronized?))
  end

  def test_texts
    value = Billiard::Value.new("i", 5)
    point = Billiard::Value.new("x:d,n:i", [0.5, 3], lock: false)
    assert_equal ["<Synchronized wrapper for i(5)>", "<x:d,n:i(0.5, 3)>"],
                 [value.inspect, point.inspect]
    assert_equal "<SynchronizedArray wrapper for i[10]>", Billiard::Array.new("i", 10).inspect
    assert_equal "<SynchronizedString wrapper for c[10]>", Billiard::Array.new("c", 10).to_s
    assert_equal "<i[10]>", Billiard::Array.new("i", 10, lock: false).to_s
  end

  def test_names
    Billiard::Array.open(object_name, "i", [1, 2]) do |array|
      again = Billiard::Array.open(object_name, "i", 2)
      array[1] = 7
      assert_equal [1, 7], again.to_a
      assert_raises(Billiard::ExistsError) { Billiard::Array.open(object_name, "q", 2) }
      assert_raises(Billiard::ExistsError) { Billiard::Array.open(object_name, "i", 3) }
      again.release
    end
    Billiard::Array.open(object_name, "i", [5]) { |array| assert_equal [5], array.to_a }
  end

  def test_memory
    memory = Billiard::Memory.new(100)
    assert_equal ["\0" * 100, 100], [memory.read, memory.size]
    assert_equal "hello", in_child { memory.write(10, "hello").read(10, 5) }
    assert_equal "\0hello", memory.read(9, 6)
    [[96, 5], [101, 0], [-1, 1], [0, -1], [2**63, 1], [1, 2**63 - 1]].each do |offset, count|
      assert_raises(IndexError) { memory.read(offset, count) }
    end
    assert_raises(IndexError) { memory.write(96, "12345") }
    assert_equal "", memory.read(100)
    assert_equal "", Billiard::Memory.new(0).read
    assert_raises(ArgumentError) { Billiard::Memory.new(-1) }
    assert_raises(Billiard::TooLargeError) { Billiard::Memory.new((2**30) + 1) }
    assert_raises(TypeError) { memory.write(0, 5) }
    assert_raises(TypeError) { memory.read("0") }
    assert_equal "#<Billiard::Memory 100 bytes>", memory.inspect
  end

  def test_ids_lead_to_the_same_objects
    value = Billiard::Value.new({ a: "i" }, { a: 5 })
    raw = Billiard::Array.new("i", [1], lock: false)
    memory = Billiard::Memory.new(4).write(0, "abcd")
    again = [Billiard::Value.attach(value.id), Billiard::Array.attach(raw.id),
             Billiard::Memory.attach(memory.id)]
    assert_equal [{ a: 5 }, [1], "abcd"], [again[0].value, again[1].to_a, again[2].read]
    assert_equal [true, false], again.first(2).map(&:synchronized?)
    again[0].synchronize { refute(Thread.new { value.try_lock }.value) }
  end

  def test_ids_in_jobs
    add = ->(id, number) { Billiard::Value.attach(id).fetch_add(number) }
    Billiard::Pool.open(workers: 1, tasks: { add: add }) do |pool|
      value = Billiard::Value.new("i", 40) # made after the workers
      assert_equal 40, pool.apply(:add, value.id, 2)
      assert_equal 42, value.value
    end
  end

  # The first shared object of the program is made after its pool.
  def test_ids_in_jobs_of_a_new_program
    program = <<~'RUBY'
      require "billiard"
      Billiard.task(:add) { |id, number| Billiard::Value.attach(id).fetch_add(number) }
      Billiard::Pool.open(workers: 1) do |pool|
        pool.wait_ready
        value = Billiard::Value.new("i", 40)
        pool.apply(:add, value.id, 2)
        print value.value
      end
    RUBY
    assert_equal "42", IO.popen(ruby(program), &:read)
  end

  def test_segments
    segment = Billiard::Segment.new(max_bytes: 2**20)
    before = segment.stats
    value = Billiard::Value.new("i", 5, segment: segment)
    stats = segment.stats
    assert_operator stats.objects, :>, before.objects
    assert_operator stats.max_bytes, :>=, 2**20
    assert_equal 1, stats.processes
    again = Billiard::Segment.attach(segment.fd)
    assert_equal 5, Billiard::Value.attach(value.id, segment: again).value
    assert_raises(Billiard::OutOfMemoryError) { Billiard::Memory.new(2**26, segment: segment) }
    assert_same segment, segment.sweep
    segment.release
    assert_equal 5, value.value
    assert_raises(Billiard::ClosedError) { segment.stats }
    assert_raises(ArgumentError) { Billiard::Segment.new(max_bytes: 0) }
    assert_raises(TypeError) { Billiard::Segment.attach("3") }
    File.open(__FILE__) { |file| assert_raises(Billiard::CorruptError) { Billiard::Segment.attach(file) } }
    assert_operator Billiard::Segment.default.stats.objects, :>=, 0
  end

  def test_a_segment_for_a_process_that_is_no_fork
    segment = Billiard::Segment.new
    value = Billiard::Value.new("i", 40, segment: segment)
    program = <<~'RUBY'
      require "billiard"
      segment = Billiard::Segment.attach(Integer(ARGV[0]))
      value = Billiard::Value.attach(Integer(ARGV[1]), segment: segment)
      value.synchronize { value.value += 2 }
    RUBY
    command = ruby(program, segment.fd.to_s, value.id.to_s, segment.fd => segment.fd)
    assert system(*command)
    assert_equal 42, value.value
    Billiard::Segment.open(object_name) do |named|
      event = Billiard::Event.new(segment: named)
      assert_equal event.id, Billiard::Event.attach(event.id, segment: named).id
    end
  end
end
