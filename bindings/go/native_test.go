package billiard

import (
	"testing"
	"unsafe"

	"billiard/internal/native"
)

// What this package writes down a second time, because Go wants constants, must be what the header
// says.

func TestStatusesAreThoseOfTheHeader(t *testing.T) {
	for status, name := range map[Status]string{
		ErrTimeout: "BP_TIMEOUT", ErrInvalid: "BP_INVALID", ErrClosed: "BP_CLOSED", ErrState: "BP_STATE",
		ErrForked: "BP_FORKED", ErrInterrupted: "BP_INTERRUPTED", ErrNoMemory: "BP_NOMEM", ErrOS: "BP_OS",
		ErrEmpty: "BP_EMPTY", ErrFull: "BP_FULL", ErrTooLarge: "BP_TOO_LARGE",
		ErrUnknownTask: "BP_UNKNOWN_TASK", ErrTaskFailed: "BP_TASK_FAILED", ErrWorkerLost: "BP_WORKER_LOST",
		ErrTerminated: "BP_TERMINATED", ErrPoolFailed: "BP_POOL_FAILED", ErrForkUnsafe: "BP_FORK_UNSAFE",
		ErrNotFound: "BP_NOT_FOUND", ErrExists: "BP_EXISTS", ErrCorrupt: "BP_CORRUPT",
		ErrStartFailed: "BP_START_FAILED", ErrInternal: "BP_INTERNAL",
		ErrBroken: "BP_BROKEN", ErrTimeLimit: "BP_TIME_LIMIT", ErrMemoryLimit: "BP_MEMORY_LIMIT",
		ErrExpired: "BP_EXPIRED", ErrRestartLimit: "BP_RESTART_LIMIT", ErrRejected: "BP_REJECTED",
		ErrAuthentication: "BP_AUTHENTICATION", ErrTooShort: "BP_TOO_SHORT",
		ErrEndOfStream: "BP_END_OF_STREAM", ErrAgain: "BP_AGAIN", ErrPending: "BP_PENDING",
	} {
		if status.Name() != name {
			t.Errorf("%d is %s in C and %s here", status, status.Name(), name)
		}
	}
	if next := ErrAgain - 1; next.Name() != "BP_UNKNOWN_STATUS" {
		t.Errorf("C has a status %s that is missing here", next.Name())
	}
}

func TestOtherConstantsAreThoseOfTheHeader(t *testing.T) {
	for _, same := range []struct{ here, there int }{
		{int(FormatRaw), int(native.BP_FORMAT_RAW)},
		{int(FormatMessagePack), int(native.BP_FORMAT_MSGPACK)},
		{int(FormatRubyMarshal), int(native.BP_FORMAT_RUBY_MARSHAL)},
		{int(FormatLuaDump), int(native.BP_FORMAT_LUA_DUMP)},
		{int(AtMostOnce), int(native.BP_AT_MOST_ONCE)},
		{int(AtLeastOnce), int(native.BP_AT_LEAST_ONCE)},
		{ownerDied, int(native.BP_OWNER_DIED)},
		{pendingNews, int(native.BP_PENDING)},
		{MaxPassed, int(native.BP_PASSED_MAX)},
		{int(FamilyAny), int(native.BP_FAMILY_ANY)},
		{int(FamilyUnix), int(native.BP_FAMILY_UNIX)},
		{int(FamilyInet), int(native.BP_FAMILY_INET)},
		{int(FamilyInet6), int(native.BP_FAMILY_INET6)},
		{flagsOf(Fair()), int(native.BP_FIFO)},
		{flagsOf(Tracked()), int(native.BP_TRACKED)},
		{flagsOf(Raw()), int(native.BP_NO_LOCK)},
		{flagsOf(Wrapping()), int(native.BP_WRAP)},
		{int(WorkerEmpty), int(native.BP_WORKER_EMPTY)},
		{int(WorkerStarting), int(native.BP_WORKER_STARTING)},
		{int(WorkerIdle), int(native.BP_WORKER_IDLE)},
		{int(WorkerBusy), int(native.BP_WORKER_BUSY)},
		{int(WorkerLeaving), int(native.BP_WORKER_LEAVING)},
		{int(EventSoftTimeout), int(native.BP_EVENT_SOFT_TIMEOUT)},
		{int(EventTimeout), int(native.BP_EVENT_TIMEOUT)},
		{int(EventTimeoutSet), int(native.BP_EVENT_TIMEOUT_SET)},
		{int(EventTimeoutCancel), int(native.BP_EVENT_TIMEOUT_CANCEL)},
		{int(EventWorkerUp), int(native.BP_EVENT_WORKER_UP)},
		{int(EventWorkerDown), int(native.BP_EVENT_WORKER_DOWN)},
		{int(EventGrow), int(native.BP_EVENT_GROW)},
		{int(EventShrink), int(native.BP_EVENT_SHRINK)},
		{int(EventPoolFailed), int(native.BP_EVENT_POOL_FAILED)},
	} {
		if same.here != same.there {
			t.Errorf("%d here, %d in C", same.here, same.there)
		}
	}
	if LogFormatJSON != native.BP_LOG_FORMAT_JSON {
		t.Errorf("LogFormatJSON is %q here, %q in C", LogFormatJSON, native.BP_LOG_FORMAT_JSON)
	}
	if NoJob != native.BP_NO_JOB {
		t.Errorf("NoJob is %d here, %d in C", NoJob, native.BP_NO_JOB)
	}
}

func flagsOf(wish ObjectOption) int {
	var options objectOptions
	wish(&options)
	return int(options.flags)
}

func TestTypeTextsHaveTheSizeOfTheirGoTypes(t *testing.T) {
	type mixed struct {
		A bool
		B uint16 `billiard:"b"`
		C float64
		D int8
	}
	text, err := typeText[mixed]()
	if err != nil || text != "A:?,b:H,C:d,D:b" {
		t.Fatal(text, err)
	}
	var size uint64
	var fields uint32
	var cerr uintptr
	if err := takeError(native.Bp_type_read(text, &size, &fields, &cerr), cerr); err != nil {
		t.Fatal(err)
	}
	if size != uint64(unsafe.Sizeof(mixed{})) || fields != 4 {
		t.Errorf("%d bytes and %d fields", size, fields)
	}
}
