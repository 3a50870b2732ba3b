package billiard

import (
	"os"
	"syscall"

	"billiard/internal/native"
)

// Segment is shared memory in which objects live. A process hands a segment to another one by name,
// or as an open file, and after that each object by its ID.
//
// A Go program can not fork, so objects of the default segment are for its own goroutines and for
// workers that it hands the segment to; objects that several programs use are named (OpenLock and so
// on), or live in a Segment.
type Segment struct{ Object }

// SegmentOptions describes a segment. Zero in a field means its default.
type SegmentOptions struct {
	// MaxBytes limits the memory that objects may use. Default: 64 GiB of address space, or what
	// fits; only what is used counts.
	MaxBytes int64
}

// SegmentStats is one look at a segment.
type SegmentStats struct {
	// MaxBytes is the limit, Objects how many somebody holds, BytesInUse their memory, rounded up as
	// it is handed out, BytesCommitted the memory taken from the system.
	MaxBytes, Objects, BytesInUse, BytesCommitted uint64
	// Processes take part and are alive.
	Processes int
}

// NewSegment makes a segment without a name. Blocks: never. Errors: ErrInvalid, ErrNoMemory, ErrOS.
func NewSegment(options SegmentOptions) (*Segment, error) {
	if options.MaxBytes < 0 {
		return nil, invalid("options.MaxBytes is %d, out of range", options.MaxBytes)
	}
	return newSegment(func(out, cerr *uintptr) int32 {
		return native.Bpi_segment_create(uint64(options.MaxBytes), out, cerr)
	})
}

// DefaultSegment is where objects live that name no segment.
func DefaultSegment() (*Segment, error) { return newSegment(native.Bp_segment_default) }

// OpenSegment opens the segment of that name (1 to 200 bytes, no '/' and no NUL), and makes it when
// no living process has it. Only processes of the same user can open it; the name goes away with
// the last of them.
//
// Blocks: only while another process is making it.
// Errors: ErrInvalid, ErrCorrupt (something foreign has that name), ErrNoMemory, ErrOS.
func OpenSegment(name string, options SegmentOptions) (*Segment, error) {
	if hasNul(name) {
		return nil, invalid("name: %q has a NUL byte", name)
	}
	if options.MaxBytes < 0 {
		return nil, invalid("options.MaxBytes is %d, out of range", options.MaxBytes)
	}
	return newSegment(func(out, cerr *uintptr) int32 {
		return native.Bpi_segment_open(name, uint64(options.MaxBytes), out, cerr)
	})
}

// AttachSegment maps the segment whose file came from another process, as by exec.Cmd.ExtraFiles.
// The file stays the caller's and is not needed any more.
//
// Blocks: never. Errors: ErrInvalid, ErrCorrupt (not a segment of this version), ErrNoMemory, ErrOS.
func AttachSegment(file *os.File) (*Segment, error) {
	connection, err := file.SyscallConn()
	if err != nil {
		return nil, err
	}
	var segment *Segment
	var failed error
	err = connection.Control(func(fd uintptr) {
		segment, failed = newSegment(func(out, cerr *uintptr) int32 {
			return native.Bp_segment_attach_fd(int(fd), out, cerr)
		})
	})
	if err != nil {
		return nil, err
	}
	return segment, failed
}

func newSegment(open func(out, cerr *uintptr) int32) (*Segment, error) {
	var handle, cerr uintptr
	if status := open(&handle, &cerr); status < 0 {
		return nil, takeError(status, cerr)
	}
	return &Segment{Object{newCore("segment", handle, 0, native.Bp_segment_release)}}, nil
}

// File returns a file of the segment, to be handed to another process. It is the caller's, to be
// closed when it has been handed over.
func (segment *Segment) File() (*os.File, error) {
	if !segment.core.life.use() {
		return nil, segment.core.errClosed()
	}
	defer segment.core.life.done()
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	fd, err := syscall.Dup(native.Bp_segment_fd(segment.core.handle))
	if err != nil {
		return nil, os.NewSyscallError("dup", err)
	}
	syscall.CloseOnExec(fd)
	return os.NewFile(uintptr(fd), "billiard segment"), nil
}

// Stats looks at the segment; exact while nobody makes or ends objects. Errors: ErrClosed.
func (segment *Segment) Stats() (stats SegmentStats, err error) {
	var processes uint32
	err = segment.core.call(func(handle uintptr, cerr *uintptr) int32 {
		return native.Bpi_segment_stats(handle, &stats.MaxBytes, &stats.Objects, &stats.BytesInUse,
			&stats.BytesCommitted, &processes, cerr)
	})
	stats.Processes = int(processes)
	return stats, err
}

// Sweep takes back at once what processes held that have died; it happens by itself when memory is
// needed. Errors: ErrClosed, ErrNoMemory.
func (segment *Segment) Sweep() error { return segment.core.call(native.Bp_segment_sweep) }
