package billiard

import "billiard/internal/native"

// Memory is a block of shared memory, for whatever a program keeps in it.
type Memory struct{ Object }

var memoryKind = kind{"memory block", native.Bp_memory_attach, native.Bp_memory_id, native.Bp_memory_release}

// NewMemory makes a block of zeroed bytes. Blocks: never.
// Errors: ErrInvalid, ErrTooLarge (over 1 GiB), ErrNoMemory, ErrOS.
func NewMemory(bytes int, options ...ObjectOption) (*Memory, error) {
	return asMemory(memoryKind.makeObject(options, func(_ *objectOptions, made uintptr, out, cerr *uintptr) int32 {
		return native.Bp_memory_create(int64(bytes), made, out, cerr)
	}))
}

// OpenMemory opens the block of that name, and makes it when no living process has it. Blocks: only
// while another process is making it. Errors: as NewMemory; ErrExists (it has another size),
// ErrCorrupt.
func OpenMemory(name string, bytes int, options ...ObjectOption) (*Memory, error) {
	return NewMemory(bytes, named(name, options)...)
}

// AttachMemory makes a handle to the block of that id; a nil segment is the default one.
// Errors: ErrNotFound (it is gone), ErrInvalid (another kind of object), ErrNoMemory, ErrOS.
func AttachMemory(segment *Segment, id ID) (*Memory, error) {
	return asMemory(memoryKind.attachTo(segment, id))
}

func asMemory(made *core, err error) (*Memory, error) {
	if err != nil {
		return nil, err
	}
	return &Memory{Object{made}}, nil
}

// Bytes returns the block's bytes in place: what is written to them is seen by every process that
// has the block, and how these take turns is theirs. They may be used while the Memory is reachable
// and open (a program that keeps only the slice needs runtime.KeepAlive); nil after Close.
func (memory *Memory) Bytes() []byte { return memory.core.view(native.Bpi_go_memory) }

// Len returns the number of bytes; 0 after Close.
func (memory *Memory) Len() int { return int(read(memory.core, native.Bp_memory_size)) }
