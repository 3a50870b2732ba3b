package billiard

import (
	"context"

	"billiard/internal/native"
)

// Event is a flag between processes and goroutines that can be waited for.
//
// However many goroutines wait for an event, they hold one thread at most.
type Event struct{ Object }

var eventKind = kind{"event", native.Bp_event_attach, native.Bp_event_id, native.Bp_event_release}

// NewEvent makes an event that is clear. Options: InSegment. Blocks: never.
// Errors: ErrInvalid, ErrNoMemory, ErrOS.
func NewEvent(options ...ObjectOption) (*Event, error) {
	return asEvent(eventKind.makeObject(options, func(_ *objectOptions, made uintptr, out, cerr *uintptr) int32 {
		return native.Bp_event_create(made, out, cerr)
	}))
}

// OpenEvent opens the event of that name, or makes it; see OpenLock.
func OpenEvent(name string, options ...ObjectOption) (*Event, error) {
	return NewEvent(named(name, options)...)
}

// AttachEvent makes a handle to the event of that id; see AttachLock.
func AttachEvent(segment *Segment, id ID) (*Event, error) {
	return asEvent(eventKind.attachTo(segment, id))
}

func asEvent(made *core, err error) (*Event, error) {
	if err != nil {
		return nil, err
	}
	return &Event{Object{made}}, nil
}

// Set sets the event and wakes all who wait. Blocks: never. Errors: ErrClosed.
func (event *Event) Set() error { return event.core.call(native.Bp_event_set) }

// Clear clears the event. Blocks: never. Errors: ErrClosed.
func (event *Event) Clear() error { return event.core.call(native.Bp_event_clear) }

// IsSet reports whether the event is set; false after Close.
func (event *Event) IsSet() bool { return read(event.core, native.Bp_event_is_set) != 0 }

// Wait waits until the event is set, or was set meanwhile, even if it has been cleared again. An
// event that is set wins over a context that has ended. Blocks: until then. Errors: the context's,
// ErrClosed.
func (event *Event) Wait(ctx context.Context) error {
	if !event.core.life.use() {
		return event.core.errClosed()
	}
	defer event.core.life.done()
	since := native.Bp_event_times_set(event.core.handle)
	if native.Bp_event_is_set(event.core.handle) != 0 {
		return nil
	}
	return event.core.waitInTurn(ctx, ErrTimeout, func(token uintptr) error {
		var cerr uintptr
		status := native.Bp_event_wait_since(event.core.handle, since, native.BP_FOREVER, token, &cerr)
		return takeError(status, cerr)
	})
}

// String returns "<Event set>" or "<Event clear>".
func (event *Event) String() string {
	if event.IsSet() {
		return "<Event set>"
	}
	return "<Event clear>"
}
