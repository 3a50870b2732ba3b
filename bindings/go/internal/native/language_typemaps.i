/* How the C ABI looks in Go.
 *
 *   handles          uintptr, 0 for none: they point outside of Go's memory
 *   T** out, error   *uintptr
 *   bytes in         []byte, read in place during the call
 *   bytes out        *View and *Buffer, Go structs of the same layout, which hold C memory
 *   status           int32
 *   empty text       NULL, where the C argument may be NULL
 *
 * C keeps no pointer to Go memory after a call. */

/* pkg-config knows the library, staged by the build or installed. */
%insert(cgo_comment) %{
#cgo CXXFLAGS: -std=c++20
#cgo pkg-config: billiard
%}

/* Handles. */
%define BPI_GO_HANDLE(type)
%typemap(gotype) type*, const type* "uintptr"
%typemap(in) type*, const type* %{ $1 = ($1_ltype)$input; %}
%typemap(gotype) type** "*uintptr"
%enddef

BPI_GO_HANDLE(bp_array)
BPI_GO_HANDLE(bp_arrival)
BPI_GO_HANDLE(bp_barrier)
BPI_GO_HANDLE(bp_condition)
BPI_GO_HANDLE(bp_connection)
BPI_GO_HANDLE(bp_error)
BPI_GO_HANDLE(bp_event)
BPI_GO_HANDLE(bp_finalizer)
BPI_GO_HANDLE(bp_imap_iterator)
BPI_GO_HANDLE(bp_interrupt)
BPI_GO_HANDLE(bp_job)
BPI_GO_HANDLE(bp_listener)
BPI_GO_HANDLE(bp_lock)
BPI_GO_HANDLE(bp_map_result)
BPI_GO_HANDLE(bp_memory)
BPI_GO_HANDLE(bp_message)
BPI_GO_HANDLE(bp_object_options)
BPI_GO_HANDLE(bp_pool)
BPI_GO_HANDLE(bp_pool_watch)
BPI_GO_HANDLE(bp_process)
BPI_GO_HANDLE(bp_queue)
BPI_GO_HANDLE(bp_reservation)
BPI_GO_HANDLE(bp_result)
BPI_GO_HANDLE(bp_rlock)
BPI_GO_HANDLE(bp_segment)
BPI_GO_HANDLE(bp_semaphore)
BPI_GO_HANDLE(bp_value)
BPI_GO_HANDLE(bp_waiter)
BPI_GO_HANDLE(bp_worker)
BPI_GO_HANDLE(bpi_batch)
BPI_GO_HANDLE(bpi_fds)
BPI_GO_HANDLE(bpi_job_options)
BPI_GO_HANDLE(bpi_names)
BPI_GO_HANDLE(bpi_object_options)
BPI_GO_HANDLE(bpi_pool_builder)
BPI_GO_HANDLE(bpi_process_builder)
BPI_GO_HANDLE(bpi_process_list)
BPI_GO_HANDLE(bpi_snapshot)

/* Numbers that come out. An int of C is smaller than one of Go. */
%typemap(gotype) int32_t* "*int32"
%typemap(gotype) uint32_t* "*uint32"
%typemap(gotype) int* "*int32"

/* Status. */
%typemap(gotype) bp_status "int32"
%typemap(in) bp_status %{ $1 = (bp_status)$input; %}
%typemap(out) bp_status %{ $result = (int)$1; %}
%typemap(goout) bp_status ""

/* Bytes. */
%typemap(gotype) (const void* data, size_t size) "[]byte"
%typemap(in) (const void* data, size_t size) %{
  $1 = $input.array;
  $2 = (size_t)$input.len;
%}
%typemap(gotype) (const void* key, size_t key_size), (const void* ticket, size_t size) "[]byte"
%typemap(in) (const void* key, size_t key_size), (const void* ticket, size_t size) %{
  $1 = $input.array;
  $2 = (size_t)$input.len;
%}
%typemap(gotype) bp_view* "*View"
%typemap(gotype) bp_buffer* "*Buffer"

/* Descriptions, which are written to memory of Go. */
%typemap(gotype) (char* text, size_t capacity) "[]byte"
%typemap(in) (char* text, size_t capacity) %{
  $1 = ($1_ltype)$input.array;
  $2 = (size_t)$input.len;
%}

%typemap(gotype) (void* data, size_t capacity) "[]byte"
%typemap(in) (void* data, size_t capacity) %{
  $1 = $input.array;
  $2 = (size_t)$input.len;
%}

%typemap(gotype) (void* buffer, size_t size) "[]byte"
%typemap(in) (void* buffer, size_t size) %{
  $1 = $input.array;
  $2 = (size_t)$input.len;
%}

/* Events of a pool. */
%typemap(gotype) (bp_pool_event* events, size_t capacity, size_t event_size) "[]PoolEvent"
%typemap(in) (bp_pool_event* events, size_t capacity, size_t event_size) %{
  $1 = ($1_ltype)$input.array;
  $2 = (size_t)$input.len;
  $3 = sizeof(bp_pool_event);
%}
%typemap(gotype) size_t* count, size_t* written, size_t* received, size_t* length, size_t* got "*uint64"

/* Texts that may be NULL. */
%typemap(in) const char* address, const char* group, const char* method, const char* name, const char* self,
             const char* entry %{
  $1 = NULL;
  if ($input.n > 0) {
    $1 = ($1_ltype)malloc($input.n + 1);
    memcpy($1, $input.p, $input.n);
    $1[$input.n] = '\0';
  }
%}
%typemap(freearg) const char* address, const char* group, const char* method, const char* name, const char* self,
                  const char* entry "free($1);"

/* Structs that are returned, which SWIG would copy to the heap, and memory that is used in place. */
%{
/* Functions of Go, see callbacks.go. */
extern "C" int32_t billiardGoRunEntry(void* data, size_t size, uintptr_t number);
extern "C" int32_t billiardGoRunFinalizer(uintptr_t number);

/* True while this thread is in a call of Go's that runs finalizers. Go can not be called from exit(), which
 * its race detector calls at the end of a program: finalizers are left out there, as they are without it. */
static thread_local bool runs_finalizers = false;

static int32_t RunGoEntry(const void* data, size_t size, void* number) {
  const int32_t status =
      billiardGoRunEntry(const_cast<void*>(data), size, reinterpret_cast<uintptr_t>(number));
  runs_finalizers = true; /* the process leaves now */
  return status;
}

static int32_t RunGoFinalizer(void* number) {
  return runs_finalizers ? billiardGoRunFinalizer(reinterpret_cast<uintptr_t>(number)) : 0;
}
%}

%rename("%s", regextarget=1) "^bpi_go_";
%inline %{
static bp_status bpi_go_entry_register(const char* name, uint64_t number, bp_error** error) {
  return bp_entry_register(name, RunGoEntry, reinterpret_cast<void*>(number), error);
}

static bp_status bpi_go_finalizer_create(uint64_t number, int32_t priority, bp_finalizer** out,
                                         bp_error** error) {
  bp_finalizer_options options;
  bp_finalizer_options_init(&options, sizeof options);
  options.has_priority = 1;
  options.priority = priority;
  return bp_finalizer_create(RunGoFinalizer, reinterpret_cast<void*>(number), &options, out, error);
}


static int32_t bpi_go_finalizer_run(bp_finalizer* finalizer) {
  const bool before = runs_finalizers;
  runs_finalizers = true;
  const int32_t ran = bp_finalizer_run(finalizer, nullptr);
  runs_finalizers = before;
  return ran;
}

static void bpi_go_exit(int32_t status, int32_t has_text, const char* text) {
  runs_finalizers = true;
  bp_process_exit(status, has_text != 0 ? text : nullptr);
}

static void bpi_go_job_payload(const bp_job* job, bp_view* out) { *out = bp_job_payload(job); }

static void bpi_go_message_payload(const bp_message* message, bp_view* out) {
  *out = bp_message_payload(message);
}

static void bpi_go_batch_message(const bpi_batch* batch, size_t index, bp_view* out) {
  *out = bpi_batch_message(batch, index);
}

static bp_status bpi_go_queue_reserve(bp_queue* queue, size_t size, bp_reservation** out,
                                      bp_view* room, bp_error** error) {
  void* data = NULL;
  const bp_status status = bp_queue_reserve(queue, size, out, &data, error);
  *room = bp_view{data, size, 0};
  return status;
}

static bp_status bpi_go_queue_fd(bp_queue* queue, int32_t* out, bp_error** error) {
  int fd = -1;
  const bp_status status = bp_queue_fd(queue, &fd, error);
  *out = fd;
  return status;
}

static void bpi_go_memory(const bp_memory* memory, bp_view* out) {
  *out = bp_view{bp_memory_data(memory), bp_memory_size(memory), 0};
}

static void bpi_go_value_memory(const bp_value* value, bp_view* out) {
  *out = bp_view{bp_value_data(value), bp_value_size(value), 0};
}

static void bpi_go_array_memory(const bp_array* array, bp_view* out) {
  *out = bp_view{bp_array_data(array), bp_array_size(array), 0};
}
%}

%{
static_assert(sizeof(bp_view) == 24 && offsetof(bp_view, size) == 8 &&
                  offsetof(bp_view, format) == 16,
              "View of the Go package has another layout than bp_view");
static_assert(sizeof(bp_buffer) == 24 && offsetof(bp_buffer, size) == 8 &&
                  offsetof(bp_buffer, format) == 16,
              "Buffer of the Go package has another layout than bp_buffer");
static_assert(sizeof(bp_pool_event) == 56 && offsetof(bp_pool_event, hard_ns) == 24 &&
                  offsetof(bp_pool_event, kind) == 32 && offsetof(bp_pool_event, count) == 52,
              "PoolEvent of the Go package has another layout than bp_pool_event");
%}

%insert(go_wrapper) %{
// View is bp_view: bytes that belong to C.
type View struct {
	Data   unsafe.Pointer
	Size   uint64
	Format uint32
	_      uint32
}

// Bytes shows the bytes in place; they stay as long as their owner.
func (view *View) Bytes() []byte {
	return unsafe.Slice((*byte)(view.Data), int(view.Size))
}

// PoolEvent is bp_pool_event.
type PoolEvent struct {
	Job        uint64
	TimeNs     int64
	SoftNs     int64
	HardNs     int64
	Kind       int32
	Pid        int32
	Index      int32
	Group      int32
	ExitStatus int32
	Count      int32
}

// Buffer is bp_buffer: bytes that this process must free with Bp_buffer_free.
type Buffer struct {
	Data   unsafe.Pointer
	Size   uint64
	Format uint32
	_      uint32
}

// Bytes shows the bytes in place; they stay until the buffer is freed.
func (buffer *Buffer) Bytes() []byte {
	return unsafe.Slice((*byte)(buffer.Data), int(buffer.Size))
}
%}

%rename("%s") bp_buffer_free;
