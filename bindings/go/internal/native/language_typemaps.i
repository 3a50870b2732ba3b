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

BPI_GO_HANDLE(bp_error)
BPI_GO_HANDLE(bp_interrupt)
BPI_GO_HANDLE(bp_job)
BPI_GO_HANDLE(bp_pool)
BPI_GO_HANDLE(bp_queue)
BPI_GO_HANDLE(bp_result)
BPI_GO_HANDLE(bp_worker)
BPI_GO_HANDLE(bpi_names)
BPI_GO_HANDLE(bpi_pool_builder)
BPI_GO_HANDLE(bpi_snapshot)

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
%typemap(gotype) bp_view* "*View"
%typemap(gotype) bp_buffer* "*Buffer"

/* Taken ids of ended jobs. */
%typemap(gotype) (uint64_t* ids, size_t capacity) "[]uint64"
%typemap(in) (uint64_t* ids, size_t capacity) %{
  $1 = ($1_ltype)$input.array;
  $2 = (size_t)$input.len;
%}
%typemap(gotype) size_t* count "*uint64"

/* Texts that may be NULL. */
%typemap(in) const char* group, const char* name %{
  $1 = NULL;
  if ($input.n > 0) {
    $1 = ($1_ltype)malloc($input.n + 1);
    memcpy($1, $input.p, $input.n);
    $1[$input.n] = '\0';
  }
%}
%typemap(freearg) const char* group, const char* name "free($1);"

/* bp_job_payload returns a struct, which SWIG would copy to the heap. */
%rename("%s") bpi_go_job_payload;
%inline %{
static void bpi_go_job_payload(const bp_job* job, bp_view* out) { *out = bp_job_payload(job); }
%}

%{
static_assert(sizeof(bp_view) == 24 && offsetof(bp_view, size) == 8 &&
                  offsetof(bp_view, format) == 16,
              "View of the Go package has another layout than bp_view");
static_assert(sizeof(bp_buffer) == 24 && offsetof(bp_buffer, size) == 8 &&
                  offsetof(bp_buffer, format) == 16,
              "Buffer of the Go package has another layout than bp_buffer");
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
