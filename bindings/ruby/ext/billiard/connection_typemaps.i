/* How Ruby sees pipes, connections and listeners: as language_typemaps.i says, which includes this. */

%include "bindings/interface/connection_names.i"

BILLIARD_RUBY_HANDLE(bp_connection)
BILLIARD_RUBY_HANDLE(bp_listener)
BILLIARD_RUBY_HANDLE(bpi_fds)
BILLIARD_RUBY_HIDES(bp_connection_release)
BILLIARD_RUBY_HIDES(bp_listener_release)
BILLIARD_RUBY_HIDES(bpi_fds_free)

/* Ruby's own typemaps take these apart; and Ruby's IO reads descriptors. */
BPI_OPEN(bp_wait_readable)
BILLIARD_RUBY_HIDES(bpi_wait_readable)
BILLIARD_RUBY_HIDES(bpi_fds_ready)
BILLIARD_RUBY_HIDES(bp_fd_read)

/* Both ends at once. */
%typemap(in, numinputs=0) (bp_connection** first, bp_connection** second)
    (VALUE one, VALUE other) {
  one = billiard_ruby::NewHandle<bp_connection>();
  other = billiard_ruby::NewHandle<bp_connection>();
  $1 = billiard_ruby::Slot<bp_connection>(one);
  $2 = billiard_ruby::Slot<bp_connection>(other);
}
%typemap(argout) (bp_connection** first, bp_connection** second)
    "$result = rb_assoc_new(one$argnum, other$argnum);"

/* ---- waiting ---- */

/* Calls that say whether something is ready; nothing of what they look at is taken. */
%define BILLIARD_RUBY_POLLS(function)
%exception function %{
  result = billiard_ruby::WaitWithoutGvl(argv[0], arg2, arg3, arg5, [&] {
    $action
    return result == BP_OK && *arg4 == 0 ? BP_TIMEOUT : result;
  });
%}
%enddef
%typemap(in, numinputs=0) int* ready (int ready = 0) "$1 = &ready;"

BILLIARD_RUBY_POLLS(bp_connection_poll)
BILLIARD_RUBY_POLLS(bp_connection_poll_send)
BILLIARD_RUBY_POLLS(bp_listener_poll)

/* (fds, count, timeout_ns, interrupt, ready, ready_count, error) */
%exception bp_wait_readable %{
  result = billiard_ruby::WaitWithoutGvl(billiard_ruby::NoHandle(), arg3, arg4, arg7, [&] {
    $action
    return result == BP_OK && *arg6 == 0 ? BP_TIMEOUT : result;
  });
%}
%typemap(in) (const int* fds, size_t count) (VALUE keep = Qnil) {
  Check_Type($input, T_ARRAY);
  $2 = RARRAY_LEN($input);
  $1 = ALLOCV_N(int, keep, $2 + 1);
  for (size_t i = 0; i < $2; ++i) $1[i] = NUM2INT(rb_ary_entry($input, (long)i));
}
%typemap(freearg) (const int* fds, size_t count) "ALLOCV_END(keep$argnum);"
/* As many as there are descriptors, which come first. */
%typemap(in, numinputs=0) (uint8_t* ready, size_t* ready_count) (VALUE keep, size_t ready_count = 0)
    "$2 = &ready_count;"
%typemap(check) (uint8_t* ready, size_t* ready_count) {
  keep$argnum = rb_str_new(NULL, (long)arg2 + 1);
  $1 = (uint8_t*)RSTRING_PTR(keep$argnum);
}
%typemap(argout) (uint8_t* ready, size_t* ready_count) {
  if (result >= 0) {
    $result = rb_ary_new_capa((long)arg2);
    for (size_t i = 0; i < arg2; ++i) rb_ary_push($result, $1[i] != 0 ? Qtrue : Qfalse);
  }
  RB_GC_GUARD(keep$argnum);
}

/* Conversations, which have no wait-only twin. An exception that comes after their end undoes what they
 * made. */
/* (address, family, has_key, data, size, any_user, time_limit_ns, max_message, timeout_ns, interrupt, out,
 * error) */
%exception bpi_client_connect %{
  result = billiard_ruby::CallAlone(
      arg9, arg10, arg12,
      [&] {
        $action
        return result;
      },
      [&] {
        bp_connection_release(*arg11);
        *arg11 = NULL;
      });
%}

/* (ticket, size, timeout_ns, interrupt, fd, error) */
%exception bp_fd_claim %{
  result = billiard_ruby::CallAlone(
      arg3, arg4, arg6,
      [&] {
        $action
        return result;
      },
      [&] { close(*arg5); });
%}
%typemap(in, numinputs=0) (bp_interrupt* interrupt, int* fd) (int fd = -1) {
  $1 = billiard_ruby::ThreadInterrupt();
  $2 = &fd;
}
%typemap(argout) (bp_interrupt* interrupt, int* fd) "$result = result < 0 ? Qnil : INT2NUM(*$2);"
%apply (const void* data, size_t size) { (const void* ticket, size_t size) };
%apply bp_buffer* out { bp_buffer* ticket };

/* (connection, key, key_size, timeout_ns, interrupt, error) */
BILLIARD_RUBY_WAITS(bp_connection_deliver_challenge, arg4, arg5, arg6)
BILLIARD_RUBY_WAITS(bp_connection_answer_challenge, arg4, arg5, arg6)
%apply (const void* data, size_t size) { (const void* key, size_t key_size) };

/* ---- bytes ---- */

%typemap(in) const char* address "$1 = NIL_P($input) ? NULL : StringValueCStr($input);"
%typemap(in, numinputs=0) size_t* length (size_t length = 0) "$1 = &length;"

/* Bytes [offset, size) of a String are written in place. */
%typemap(in) (void* buffer, size_t size) {
  Check_Type($input, T_STRING);
  rb_str_modify($input);
  $1 = RSTRING_PTR($input);
  $2 = RSTRING_LEN($input);
}
%typemap(in, numinputs=0) size_t* received (size_t received = 0) "$1 = &received;"
%typemap(argout) size_t* received "$result = result < 0 ? Qnil : SIZET2NUM(*$1);"

/* The message that was too long for it, instead of the number of bytes. */
%typemap(in, numinputs=0) bp_buffer* whole (bp_buffer whole = {}) "$1 = &whole;"
%typemap(argout) bp_buffer* whole {
  if (result == BP_TOO_SHORT) {
    $result = billiard_ruby::TakeMessage($1);
    result = BP_OK;
  }
}

/* How much of it was written. */
%typemap(in, numinputs=0) size_t* written (size_t written = 0) "$1 = &written;"
%typemap(argout) size_t* written "$result = SIZET2NUM(*$1);"
