package idiom

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"

	"billiard"
)

// pipe makes a pipe that the end of the test closes.
func pipe(t testing.TB, options billiard.PipeOptions) (first, second *billiard.Connection) {
	t.Helper()
	first, second, err := billiard.Pipe(options)
	must(t, err)
	t.Cleanup(func() { first.Close(); second.Close() })
	return first, second
}

// CONN-1 CONN-14
func TestValuesGoBothWaysThroughAPipe(t *testing.T) {
	first, second := pipe(t, billiard.PipeOptions{})
	sent := map[string]any{"name": "é€", "numbers": []any{int64(1), 2.5, true, nil}, "bytes": []byte{0, 255}}
	must(t, first.Send(background, sent))
	var received any
	must(t, second.Recv(background, &received))
	if !reflect.DeepEqual(received, any(sent)) {
		t.Errorf("%v instead of %v", received, sent)
	}
	must(t, second.Send(background, 42))
	var small int8
	must(t, first.Recv(background, &small))
	want(t, "number", small, 42)
	must(t, second.Send(background, 300))
	fails(t, first.Recv(background, &small), billiard.ErrInvalid, "300")
	must(t, second.Send(background, "goes on"))
	var text string
	must(t, first.Recv(background, &text))
	want(t, "text", text, "goes on")
}

// CONN-1 CONN-12
func TestAOneWayPipeKnowsItsDirection(t *testing.T) {
	receives, sends := pipe(t, billiard.PipeOptions{OneWay: true})
	want(t, "first sends", receives.Writable(), false)
	want(t, "second receives", sends.Readable(), false)
	fails(t, receives.SendBytes(background, []byte("x")), billiard.ErrState, "read-only")
	_, err := sends.RecvBytes(background)
	fails(t, err, billiard.ErrState, "write-only")
	_, err = sends.Poll()
	fails(t, err, billiard.ErrState, "write-only")
	must(t, sends.SendBytes(background, nil)) // an empty message is one (CONN-28)
	data, err := receives.RecvBytes(background)
	must(t, err)
	want(t, "length", len(data), 0)
}

// CONN-13
func TestAClosedConnectionSaysSo(t *testing.T) {
	first, second := pipe(t, billiard.PipeOptions{})
	want(t, "open", first.Closed(), false)
	waiting := make(chan error)
	go func() {
		_, err := first.RecvBytes(background)
		waiting <- err
	}()
	must(t, first.Close())
	must(t, first.Close())
	fails(t, <-waiting, billiard.ErrClosed, "closed")
	want(t, "closed", first.Closed(), true)
	fails(t, first.SendBytes(background, nil), billiard.ErrClosed, "closed")
	_, err := first.FD()
	fails(t, err, billiard.ErrClosed, "closed")
	_, err = first.Poll()
	fails(t, err, billiard.ErrClosed, "closed")
	// CONN-19
	_, err = second.RecvBytes(background)
	fails(t, err, billiard.ErrEndOfStream, "")
	ready, err := second.Poll()
	must(t, err)
	want(t, "the end is something to read", ready, true)
	if err := second.SendBytes(background, []byte("x")); !errors.Is(err, syscall.EPIPE) || !errors.Is(err, billiard.ErrOS) {
		t.Error(err)
	}
}

// CONN-16
func TestALongerMessageThanTheLimitEndsReceiving(t *testing.T) {
	first, second := pipe(t, billiard.PipeOptions{})
	must(t, first.SendBytes(background, []byte("12345")))
	_, err := second.RecvBytesMax(background, -1)
	fails(t, err, billiard.ErrInvalid, "negative maxlength")
	_, err = second.RecvBytesMax(background, 4)
	fails(t, err, billiard.ErrTooLarge, "bad message length")
	want(t, "receives", second.Readable(), false)
	must(t, second.SendBytes(background, []byte("still sends")))
	data, err := first.RecvBytesMax(background, 11)
	must(t, err)
	want(t, "data", string(data), "still sends")
}

// CONN-17
func TestAMessageGoesIntoABufferOrComesWhole(t *testing.T) {
	first, second := pipe(t, billiard.PipeOptions{})
	must(t, firstOf(first.SendBytes(background, []byte("fits")), first.SendBytes(background, []byte("too long")),
		first.SendBytes(background, []byte("next"))))
	buffer := make([]byte, 4)
	count, err := second.RecvInto(background, buffer)
	must(t, err)
	want(t, "data", string(buffer[:count]), "fits")
	_, err = second.RecvInto(background, buffer)
	var short *billiard.TooShortError
	if !errors.As(err, &short) || string(short.Data) != "too long" || !errors.Is(err, billiard.ErrTooShort) {
		t.Fatal(err)
	}
	count, err = second.RecvInto(background, buffer)
	must(t, err)
	want(t, "data", string(buffer[:count]), "next")
}

// CONN-18
func TestContextsEndTheWaitForAMessageAndLoseNothing(t *testing.T) {
	first, second := pipe(t, billiard.PipeOptions{})
	_, err := second.RecvBytes(soon(t))
	if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, billiard.ErrTimeout) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(background)
	over := make(chan error)
	go func() { over <- second.WaitReadable(ctx) }()
	cancel()
	if err := <-over; !errors.Is(err, context.Canceled) || !errors.Is(err, billiard.ErrInterrupted) {
		t.Error(err)
	}
	ready, err := second.Poll()
	must(t, err)
	want(t, "ready", ready, false)
	must(t, first.SendBytes(background, []byte("late")))
	must(t, second.WaitReadable(background))
	data, err := second.RecvBytes(background)
	must(t, err)
	want(t, "data", string(data), "late")
}

// G-CONN-1 CONN-23
func TestAMessageThatAContextCutIsSentOnAndOnce(t *testing.T) {
	first, second := pipe(t, billiard.PipeOptions{})
	large := bytes.Repeat([]byte("0123456789abcdef"), 1<<20) // more than any buffer of the system
	ctx, cancel := context.WithCancel(background)
	over := make(chan error)
	go func() { over <- first.SendBytes(ctx, large) }()
	eventually(func() bool { return first.Pending() > 0 })
	cancel()
	if err := <-over; !errors.Is(err, billiard.ErrPending) || !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if first.Pending() == 0 || first.Pending() > len(large)+4 {
		t.Error("pending", first.Pending())
	}
	err := first.SendBytes(soon(t), []byte("not sent")) // the rest of the first has no room yet
	fails(t, err, billiard.ErrTimeout, "")
	flushed := make(chan error)
	go func() { flushed <- first.Flush(background) }()
	data, err := second.RecvBytes(background)
	must(t, err)
	must(t, <-flushed)
	want(t, "whole", bytes.Equal(data, large), true)
	want(t, "pending", first.Pending(), 0)
	must(t, first.SendBytes(background, []byte("next")))
	data, err = second.RecvBytes(background)
	must(t, err)
	want(t, "next", string(data), "next")
}

// CONN-24
func TestAnEndThatDoesNotBlockNeverWaits(t *testing.T) {
	first, second := pipe(t, billiard.PipeOptions{FirstNonBlocking: true})
	_, err := first.RecvBytes(background)
	fails(t, err, billiard.ErrAgain, "")
	large := make([]byte, 16<<20)
	err = first.SendBytes(background, large)
	fails(t, err, billiard.ErrPending, "accepted")
	fails(t, first.SendBytes(background, []byte("x")), billiard.ErrAgain, "")
	received := make(chan int)
	go func() {
		data, err := second.RecvBytes(background)
		if err != nil {
			t.Error(err)
		}
		received <- len(data)
	}()
	first.SetBlocking(true)
	must(t, first.Flush(background))
	want(t, "length", <-received, len(large))
}

// CONN-25
func TestRawBytesHaveNoFrame(t *testing.T) {
	first, second := pipe(t, billiard.PipeOptions{})
	written, err := first.SendRaw([]byte{0, 0, 0, 2, 'o', 'k'})
	must(t, err)
	want(t, "written", written, 6)
	data, err := second.RecvBytes(background)
	must(t, err)
	want(t, "data", string(data), "ok")
}

// CONN-21
func TestAPeerThatCanNotBeBelievedIsLeft(t *testing.T) {
	first, second := pipe(t, billiard.PipeOptions{})
	_, err := first.SendRaw([]byte{255, 255, 255, 255})
	must(t, err)
	_, err = second.RecvBytes(background)
	fails(t, err, billiard.ErrCorrupt, "")
	want(t, "closed", second.Closed(), true)
}

// G-CONN-7
func TestDecodingMakesValuesAlone(t *testing.T) {
	first, second := pipe(t, billiard.PipeOptions{})
	lock := made[*billiard.Lock](t)(billiard.OpenLock(objectName(t)))
	must(t, first.Send(background, lock))
	var value any
	must(t, second.Recv(background, &value))
	if _, isBytes := value.([]byte); !isBytes { // nothing is opened that the receiver does not ask for
		t.Errorf("%T", value)
	}
	for _, data := range [][]byte{
		{0xc7, 1, 42, 0},                  // an extension that nobody registered
		bytes.Repeat([]byte{0x91}, 1<<12), // an array in an array in an array ...
		{0xdd, 0xff, 0xff, 0xff, 0xff},    // of 4 billion elements
		{0xc1},                            // no value
		{1, 2},                            // two
		{},
	} {
		must(t, first.SendBytes(background, data))
		var decoded *billiard.EncodingError
		if err := second.Recv(background, &value); !errors.As(err, &decoded) {
			t.Errorf("%.8x: %v", data, err)
		}
	}
	must(t, first.Send(background, "goes on"))
	must(t, second.Recv(background, &value))
	want(t, "value", fmt.Sprint(value), "goes on")
}

// CONN-11
func TestAFileWithAStreamBecomesAConnection(t *testing.T) {
	reader, writer, err := os.Pipe()
	must(t, err)
	receives := made[*billiard.Connection](t)(billiard.NewConnection(reader, billiard.ConnectionOptions{ReceiveOnly: true}))
	sends := made[*billiard.Connection](t)(billiard.NewConnection(writer, billiard.ConnectionOptions{SendOnly: true}))
	must(t, firstOf(reader.Close(), writer.Close())) // they are the caller's
	must(t, sends.Send(background, []int{1, 2}))
	var numbers []int
	must(t, receives.Recv(background, &numbers))
	want(t, "sum", numbers[0]+numbers[1], 3)
	datagrams, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, 0)
	must(t, err)
	file := os.NewFile(uintptr(datagrams), "datagrams")
	defer file.Close()
	_, err = billiard.NewConnection(file, billiard.ConnectionOptions{})
	fails(t, err, billiard.ErrInvalid, "does not carry a stream")
	_, err = billiard.NewConnection(os.Stdin, billiard.ConnectionOptions{MaxMessage: -1})
	fails(t, err, billiard.ErrInvalid, "MaxMessage")
	if _, err = billiard.NewConnection(reader, billiard.ConnectionOptions{}); err == nil {
		t.Error("a closed file became a connection")
	}
}

// CONN-27
func TestGoroutinesNeverMixTheirMessages(t *testing.T) {
	first, second := pipe(t, billiard.PipeOptions{})
	const senders, messages = 8, 100
	together(senders, func(number int) {
		go func() {
			for i := 0; i < messages; i++ {
				data := bytes.Repeat([]byte{byte(number)}, 1+i*331)
				if err := first.SendBytes(background, data); err != nil {
					t.Error(err)
				}
			}
		}()
	})
	var mu sync.Mutex
	counts := map[byte]int{}
	together(4, func(int) {
		for i := 0; i < senders*messages/4; i++ {
			data, err := second.RecvBytes(background)
			if err != nil || len(bytes.Trim(data, string(data[:1]))) != 0 {
				t.Error(err, "or mixed")
				return
			}
			mu.Lock()
			counts[data[0]]++
			mu.Unlock()
		}
	})
	for number := byte(0); number < senders; number++ {
		want(t, "messages", counts[number], messages)
	}
}

func TestGoroutinesThatWaitForConnectionsHoldNoThreads(t *testing.T) {
	const waiters = 50
	before := threads(t)
	ctx, cancel := context.WithCancel(background)
	var all sync.WaitGroup
	for i := 0; i < waiters; i++ {
		first, _ := pipe(t, billiard.PipeOptions{})
		all.Add(1)
		go func() {
			defer all.Done()
			if _, err := first.RecvBytes(ctx); !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		}()
	}
	eventually(func() bool { return waitingIn("(*readiness).wait(") >= waiters })
	if after := threads(t); after-before > waiters/4 {
		t.Errorf("%d threads before and %d while %d goroutines wait", before, after, waiters)
	}
	cancel()
	all.Wait()
}

// waitingIn counts the goroutines that are in a function.
func waitingIn(function string) int {
	stacks := make([]byte, 1<<20)
	return strings.Count(string(stacks[:runtime.Stack(stacks, true)]), function)
}

// CONN-80 CONN-85
func TestFilesGoWithAMessage(t *testing.T) {
	first, second := pipe(t, billiard.PipeOptions{})
	reader, writer, err := os.Pipe()
	must(t, err)
	must(t, first.SendFiles(background, []byte("here"), reader, writer))
	must(t, firstOf(reader.Close(), writer.Close()))
	data, files, err := second.RecvFiles(background)
	must(t, err)
	want(t, "data", string(data), "here")
	want(t, "files", len(files), 2)
	_, err = files[1].WriteString("through")
	must(t, firstOf(err, files[1].Close()))
	text, err := io.ReadAll(files[0])
	must(t, firstOf(err, files[0].Close()))
	want(t, "text", string(text), "through")
	many := make([]*os.File, billiard.MaxPassed+1)
	for i := range many {
		many[i] = os.Stderr
	}
	fails(t, first.SendFiles(background, nil, many...), billiard.ErrInvalid, "fd_count")
}

// CONN-83
func TestConnectionsGoThroughConnections(t *testing.T) {
	first, second := pipe(t, billiard.PipeOptions{})
	receives, sends := pipe(t, billiard.PipeOptions{OneWay: true})
	must(t, first.SendConnection(background, sends))
	got := made[*billiard.Connection](t)(second.RecvConnection(background))
	want(t, "receives", got.Readable(), false)
	must(t, got.Send(background, "far"))
	var text string
	must(t, receives.Recv(background, &text))
	want(t, "text", text, "far")
	must(t, first.SendBytes(background, []byte("no connection")))
	_, err := second.RecvConnection(background)
	fails(t, err, billiard.ErrCorrupt, "")
}

// CONN-81
func TestATicketIsGoodForOneClaim(t *testing.T) {
	reader, writer, err := os.Pipe()
	must(t, err)
	ticket, err := billiard.ShareFile(writer)
	must(t, firstOf(err, writer.Close()))
	file, err := billiard.ClaimFile(background, ticket)
	must(t, err)
	_, err = file.WriteString("claimed")
	must(t, firstOf(err, file.Close()))
	text, err := io.ReadAll(reader)
	must(t, firstOf(err, reader.Close()))
	want(t, "text", string(text), "claimed")
	_, err = billiard.ClaimFile(background, ticket)
	fails(t, err, billiard.ErrNotFound, "")
	_, err = billiard.ClaimFile(background, "no ticket")
	fails(t, err, billiard.ErrInvalid, "ticket")
	must(t, billiard.StopSharing(-1))
}

// CONN-30 CONN-32
func TestWaitReturnsAllThatAreReadyInTheirOrder(t *testing.T) {
	first, second := pipe(t, billiard.PipeOptions{})
	third, fourth := pipe(t, billiard.PipeOptions{})
	reader, writer, err := os.Pipe()
	must(t, err)
	defer reader.Close()
	defer writer.Close()
	raw, err := reader.SyscallConn()
	must(t, err)
	must(t, first.SendBytes(background, nil))
	ready, err := billiard.Wait(background, third, second, raw, second)
	must(t, err)
	want(t, "ready", reflect.DeepEqual(ready, []billiard.Waitable{second, second}), true)
	_, err = writer.WriteString("x")
	must(t, firstOf(err, fourth.SendBytes(background, nil)))
	ready, err = billiard.Wait(ended(), third, second, raw)
	must(t, err)
	want(t, "all", reflect.DeepEqual(ready, []billiard.Waitable{third, second, raw}), true)
	ready, err = billiard.Wait(ended(), first)
	if len(ready) != 0 || !errors.Is(err, context.Canceled) {
		t.Error(ready, err)
	}
	if _, err = billiard.Wait(soon(t)); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	late := make(chan []billiard.Waitable)
	go func() {
		ready, err := billiard.Wait(background, first, fourth)
		if err != nil {
			t.Error(err)
		}
		late <- ready
	}()
	must(t, third.Close())
	want(t, "hung up", reflect.DeepEqual(<-late, []billiard.Waitable{fourth}), true)
}

// CONN-31
func TestWaitNamesABadDescriptorAndAClosedObject(t *testing.T) {
	_, err := billiard.Wait(background, billiard.FileDescriptor(-5))
	fails(t, err, billiard.ErrInvalid, "invalid file descriptor -5")
	first, _ := pipe(t, billiard.PipeOptions{})
	over := make(chan error)
	go func() {
		_, err := billiard.Wait(background, first)
		over <- err
	}()
	eventually(func() bool { return waitingIn("(*readiness).wait(") > 0 })
	must(t, first.Close())
	fails(t, <-over, billiard.ErrClosed, "closed")
	_, err = billiard.Wait(background, first)
	fails(t, err, billiard.ErrClosed, "closed")
}

func TestForgottenConnectionsAreClosed(t *testing.T) {
	func() {
		first, second, err := billiard.Pipe(billiard.PipeOptions{})
		must(t, err)
		_, err = first.RecvBytes(soon(t)) // makes its readiness
		fails(t, err, billiard.ErrTimeout, "")
		must(t, second.SendBytes(background, nil))
	}()
	before := openFiles(t)
	eventually(func() bool {
		runtime.GC()
		return openFiles(t) <= before-3
	})
}

func openFiles(t testing.TB) int {
	entries, err := os.ReadDir("/proc/self/fd")
	must(t, err)
	return len(entries)
}
