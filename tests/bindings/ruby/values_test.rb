# frozen_string_literal: true

require_relative "support/test_case"

# What goes through a pool comes back as it was.
class ValuesTest < BilliardTest
  Billiard.task(:kind) { |value| [value.class.name, value.encoding.name, value.bytesize] }
  Billiard.task(:bytes) { |bytes| [bytes.encoding.name, bytes.bytesize] }
  Billiard.task(:count) { |*arguments| arguments.size }
  Billiard.task(:twice_raw) { |bytes| bytes * 2 }
  Billiard.task(:unencodable) { $stdout }

  def with_pool(&block)
    Billiard::Pool.open(workers: 1, &block)
  end

  def test_values_of_all_kinds
    values = [nil, true, 0, 2**64 - 1, -(2**63), 1.5, -0.0, Float::INFINITY, "", "é€", [], {},
              [1, [nil, "a"]], { "a" => { "b" => [1.5] } }]
    with_pool do |pool|
      values.each { |value| assert_equal [value], [pool.apply(:echo, value)] }
      assert_predicate pool.apply(:echo, Float::NAN), :nan?
      assert_equal "sym", pool.apply(:echo, :sym)
      assert_equal({ "a" => 1 }, pool.apply(:echo, { a: 1 }))
    end
  end

  def test_strings_keep_their_bytes_and_kind
    with_pool do |pool|
      assert_equal ["String", "UTF-8", 2], pool.apply(:kind, "é")
      assert_equal ["String", "ASCII-8BIT", 3], pool.apply(:kind, "\xff\x00a".b)
      broken = pool.apply(:echo, "a\xffb")
      assert_equal "a\xffb".b, broken.b
      assert_equal 1, pool.apply(:echo, "\xe9".dup.force_encoding("ISO-8859-1")).size
    end
  end

  def test_no_argument_and_many
    with_pool do |pool|
      assert_equal 0, pool.apply(:count)
      assert_equal 1000, pool.apply(:count, *(0...1000))
    end
  end

  def test_huge_payload_and_result
    with_pool do |pool|
      text = "x" * (40 << 20)
      assert_equal text, pool.apply(:echo, text)
    end
  end

  def test_raw_bytes_are_not_touched
    with_pool do |pool|
      assert_equal ["ASCII-8BIT", 3], pool.apply(:bytes, "\xc3\x00\xff", raw: true)
      answer = pool.apply(:twice_raw, "a\xff", raw: true)
      assert_equal ["a\xffa\xff".b, Encoding::BINARY], [answer, answer.encoding]
      assert_equal "", pool.apply(:twice_raw, "", raw: true)
    end
  end

  def test_a_value_is_a_new_copy_each_time
    with_pool do |pool|
      result = pool.apply_async(:echo, "a")
      result.value << "b"
      assert_equal "a", result.value
    end
  end

  def test_a_result_without_a_form_fails_its_job_only
    with_pool do |pool|
      pid = pool.apply(:pid)
      error = assert_raises(Billiard::TaskError) { pool.apply(:unencodable) }
      assert_equal "Billiard::EncodingError", error.class_name
      assert_includes error.message, "IO"
      assert_equal pid, pool.apply(:pid)
    end
  end

  def test_frozen_and_shared_strings
    big = "abc" * 1000
    with_pool do |pool|
      [big.freeze, big[1..], big[3, 500]].each { |text| assert_equal text, pool.apply(:echo, text) }
    end
  end

  def test_tasks_of_one_pool_and_later_definitions
    Billiard::Pool.open(workers: 1, tasks: { own: ->(a, b) { a * b } }) do |pool|
      assert_equal 42, pool.apply("own", 6, 7)
      Billiard.task(:defined_later) { 1 }
      error = assert_raises(Billiard::UnknownTask) { pool.apply(:defined_later) }
      assert_includes error.message, "defined_later"
    end
    with_pool { |pool| assert_equal 1, pool.apply(:defined_later) }
  end
end
