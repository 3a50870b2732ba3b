# frozen_string_literal: true

require_relative "support/test_case"

# The shared list of names (bindings/interface/bp.i) and what SWIG made of it.
#
#   native_test.rb INTERFACE_FILE... LANGUAGE_TYPEMAPS_I...
class NativeTest < BilliardTest
  OPENED = ARGV.flat_map { |file| File.read(file).scan(/^BPI_OPEN\(([\w:]+)\)/).flatten }
  HIDDEN = ARGV.flat_map { |file| File.read(file).scan(/^BILLIARD_RUBY_HIDES\((\w+)\)/).flatten }

  def test_every_opened_name_exists
    functions = OPENED.grep(/\Abpi?_\w+\z/) - HIDDEN
    assert_operator functions.size, :>, 40
    assert_empty(functions.reject { |name| Billiard::Native.respond_to?(name) })
    constants = OPENED.grep(/\ABP_/)
    assert_includes constants, "BP_NO_JOB"
    assert_empty(constants.reject { |name| Billiard::Native.const_defined?(name) })
  end

  def test_nothing_else_is_wrapped
    own = %i[fork_through_ruby set_worker_block take_fork_error release hold_lock hold_rlock hold_semaphore
             hold_condition hold_value hold_array condition_wait with_arrival memory_read
             memory_write reservation_write fork_processes_through_ruby set_process_block
             register_entry start_process]
    wrapped = Billiard::Native.singleton_methods(false) - own
    assert_empty wrapped.map(&:to_s) - OPENED
    assert_empty HIDDEN & wrapped.map(&:to_s)
  end

  def test_constants_are_those_of_the_headers
    native = Billiard::Native
    assert_equal [-1, (2**64) - 1, -(2**31)],
                 [native::BP_FOREVER, native::BP_NO_JOB, native::BP_EXIT_UNKNOWN]
    assert_equal "BP_WORKER_LOST", native.bp_status_name(native::BP_WORKER_LOST)
    assert_equal "signal 9 (SIGKILL)", native.bp_exit_status_text(-9)
  end

  def test_wrong_handles_are_type_errors
    queue = Billiard::Native.bp_queue_create([0, 0, 0, 0, 0])
    assert_raises(TypeError) { Billiard::Native.bp_pool_fd(queue) }
    assert_raises(TypeError) { Billiard::Native.bp_pool_fd(nil) }
    Billiard::Native.release(queue)
    Billiard::Native.release(queue)
    assert_raises(Billiard::ClosedError) { Billiard::Native.bp_queue_size(queue) }
    assert_raises(TypeError) { Billiard::Native.release("x") }
  end
end
