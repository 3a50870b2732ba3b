package idiom

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"testing"

	"billiard"
)

type point struct {
	X float64 `billiard:"x"`
	N int32   `billiard:"n"`
	// Four bytes follow, as in C.
}

func sharedOf[T any](t testing.TB, initial T, options ...billiard.ObjectOption) *billiard.SharedValue[T] {
	return made[*billiard.SharedValue[T]](t)(billiard.NewSharedValue(initial, options...))
}

func roundTrip[T comparable](t *testing.T, text string, values ...T) {
	t.Helper()
	shared := sharedOf(t, values[0])
	want(t, "type", shared.Type(), text)
	for _, value := range values {
		must(t, shared.Store(value))
		loaded, err := shared.Load()
		must(t, err)
		want(t, text, loaded, value)
	}
}

// SHM-22
func TestValuesOfEveryType(t *testing.T) {
	type celsius float64
	roundTrip(t, "b", int8(1), math.MinInt8)
	roundTrip(t, "B", uint8(1), math.MaxUint8)
	roundTrip(t, "h", int16(1), math.MinInt16)
	roundTrip(t, "H", uint16(1), math.MaxUint16)
	roundTrip(t, "i", int32(1), math.MinInt32)
	roundTrip(t, "I", uint32(1), math.MaxUint32)
	roundTrip(t, "q", int64(1), math.MinInt64)
	roundTrip(t, "Q", uint64(1), math.MaxUint64)
	roundTrip(t, "q", int(1), math.MinInt64)
	roundTrip(t, "Q", uint(1), math.MaxUint64)
	roundTrip(t, "f", float32(1.5), math.MaxFloat32)
	roundTrip(t, "d", 1.5, math.Inf(-1))
	roundTrip(t, "d", celsius(1.5))
	roundTrip(t, "?", true, false)
	roundTrip(t, "x:d,n:i", point{2.5, 7}, point{})
	_, err := billiard.NewSharedValue("text")
	fails(t, err, billiard.ErrInvalid, "string")
	_, err = billiard.NewSharedValue(struct{ A []int }{})
	fails(t, err, billiard.ErrInvalid, "field A")
	_, err = billiard.NewSharedValue(struct{}{})
	fails(t, err, billiard.ErrInvalid, "type")
}

// SHM-30 SHM-33 G-SHM-4
func TestAValueCountsAtomically(t *testing.T) {
	shared := sharedOf(t, int64(0))
	together(4, func(int) {
		for i := 0; i < 1000; i++ {
			if _, err := shared.Add(1); err != nil {
				t.Error(err)
			}
		}
	})
	sum, err := shared.Load()
	must(t, err)
	want(t, "sum", sum, int64(4000))
	before, err := shared.Swap(5)
	must(t, err)
	want(t, "swapped", before, int64(4000))
	swapped, err := shared.CompareAndSwap(4, 6)
	must(t, err)
	want(t, "no match", swapped, false)
	want(t, "text", shared.String(), "<Synchronized wrapper for q(5)>")
}

// SHM-31
func TestTheLockOfAValue(t *testing.T) {
	shared, owner := sharedOf(t, 0), billiard.NewOwner()
	together(4, func(int) {
		own := billiard.NewOwner()
		for i := 0; i < 200; i++ {
			err := shared.With(background, own, func() error {
				number, err := shared.Load()
				return firstOf(err, shared.Store(number+1))
			})
			if err != nil {
				t.Error(err)
			}
		}
	})
	sum, err := shared.Load()
	must(t, err)
	want(t, "sum", sum, 800)
	lock := made[*billiard.RLock](t)(shared.RLock())
	must(t, lock.Acquire(background, owner))
	taken, err := shared.TryAcquire(billiard.NewOwner())
	must(t, err)
	want(t, "the same lock", taken, false)
	must(t, shared.Release(owner))

	raw := sharedOf(t, 1.5, billiard.Raw())
	want(t, "text", raw.String(), "<d(1.5)>")
	fails(t, raw.Acquire(background, owner), billiard.ErrState, "")
	synchronized := made[*billiard.Value](t)(raw.Synchronize())
	must(t, synchronized.Acquire(background, owner))
	must(t, synchronized.SetFloat(2.5))
	seen, err := raw.Load()
	must(t, err)
	want(t, "the same value", seen, 2.5)
	_, err = shared.Synchronize()
	fails(t, err, billiard.ErrState, "already synchronized")
	copied := made[*billiard.Value](t)(raw.Copy()) // SHM-35
	must(t, raw.Store(0))
	number, err := copied.Float()
	must(t, err)
	want(t, "copy", number, 2.5)
}

// G-SYNC-1
func TestAValueLockedByADeadProcess(t *testing.T) {
	name, owner := objectName(t), billiard.NewOwner()
	value := made[*billiard.Value](t)(billiard.OpenValue(name, "q"))
	startHelper(t, "hold value", name).kill()
	must(t, value.Acquire(background, owner))
	want(t, "recovered", value.Recovered(), true)
	number, err := value.Int()
	must(t, err)
	want(t, "what it wrote", number, int64(42))
}

// G-SHM-4
func TestWaitingForAValueToChange(t *testing.T) {
	shared := sharedOf(t, int32(0))
	if err := shared.Wait(soon(t), 0); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	over := make(chan error)
	go func() { over <- shared.Wait(background, 0) }()
	must(t, shared.Store(1))
	must(t, shared.Wake(-1))
	must(t, <-over)
	fails(t, sharedOf(t, int64(0)).Wait(background, 0), billiard.ErrInvalid, "field")
}

// SHM-9
func TestFieldsOfAStructure(t *testing.T) {
	value := made[*billiard.Value](t)(billiard.NewValue("x:d,n:i"))
	must(t, value.Field("x").SetFloat(2.5))
	must(t, value.Field("n").SetInt(-7))
	want(t, "fields", fmt.Sprint(value.Fields()), "[x n]")
	typed := made[*billiard.SharedValue[point]](t)(billiard.AttachSharedValue[point](nil, value.ID()))
	seen, err := typed.Load()
	must(t, err)
	want(t, "as a Go struct", seen, point{2.5, -7})
	fails(t, value.Field("y").SetInt(1), billiard.ErrInvalid, `"y"`)
	fails(t, value.Field("n").SetFloat(0.5), billiard.ErrInvalid, "number")
	_, err = billiard.AttachSharedValue[int32](nil, value.ID())
	fails(t, err, billiard.ErrInvalid, "type")
	_, err = billiard.AttachLock(nil, value.ID())
	fails(t, err, billiard.ErrInvalid, "id")
	id := value.ID()
	must(t, value.Close())
	must(t, typed.Close())
	_, err = billiard.AttachValue(nil, id)
	fails(t, err, billiard.ErrNotFound, "")
	fails(t, value.SetInt(1), billiard.ErrClosed, "value")
}

// SHM-21 SHM-23 G-SHM-7
func TestArraysInPlaceAndByCopy(t *testing.T) {
	array := made[*billiard.SharedArray[int32]](t)(billiard.SharedArrayOf([]int32{1, 2, 3, 4}))
	want(t, "text", array.String(), "<SynchronizedArray wrapper for i[4]>")
	array.Slice()[1] = 20
	must(t, array.Set(-1, 40))
	must(t, array.Write(2, []int32{30}))
	all, err := array.Read(0, 4)
	must(t, err)
	want(t, "all", fmt.Sprint(all), "[1 20 30 40]")
	must(t, array.Fill(1, 2, 5))
	last, err := array.Get(3)
	must(t, err)
	want(t, "last", last, int32(40))
	want(t, "slice", fmt.Sprint(array.Slice()), "[1 5 5 40]")
	before, err := array.At(0).Add(9)
	must(t, err)
	want(t, "added", before, int64(1))
	for _, index := range []int{4, -5, math.MaxInt, math.MinInt} {
		_, err := array.Get(index)
		fails(t, err, billiard.ErrInvalid, "index")
		fails(t, array.Set(index, 1), billiard.ErrInvalid, "index")
		fails(t, array.At(index).SetInt(1), billiard.ErrInvalid, "index")
	}
	_, err = array.Read(3, 2)
	fails(t, err, billiard.ErrInvalid, "")
	_, err = array.Read(0, -1)
	fails(t, err, billiard.ErrInvalid, "")
	_, err = array.Read(0, math.MaxInt)
	fails(t, err, billiard.ErrInvalid, "")
	fails(t, array.Write(3, []int32{1, 2}), billiard.ErrInvalid, "")
	none, err := array.Read(4, 0)
	must(t, err)
	want(t, "none", len(none), 0)
	must(t, array.Close())
	want(t, "closed", len(array.Slice()), 0)
	_, err = array.Get(0)
	fails(t, err, billiard.ErrClosed, "array")
	empty := made[*billiard.SharedArray[point]](t)(billiard.NewSharedArray[point](0))
	want(t, "empty", len(empty.Slice()), 0)
	_, err = billiard.NewSharedArray[point](-1)
	fails(t, err, billiard.ErrInvalid, "length")
}

// SHM-25 G-SHM-1
func TestASegmentIsHandedToAnotherProcess(t *testing.T) {
	segment := made[*billiard.Segment](t)(billiard.NewSegment(billiard.SegmentOptions{}))
	array := made[*billiard.SharedArray[int32]](t)(
		billiard.SharedArrayOf([]int32{1, 2, 3}, billiard.InSegment(segment)))
	file, err := segment.File()
	must(t, err)
	defer file.Close()
	other := startHelper(t, "attach to segment", fmt.Sprint(array.ID()), file)
	want(t, "doubled", fmt.Sprint(array.Slice()), "[2 4 6]")
	stats, err := segment.Stats()
	must(t, err)
	want(t, "processes", stats.Processes, 2)
	want(t, "objects", stats.Objects, uint64(1))
	other.kill()
	must(t, segment.Sweep())
	stats, err = segment.Stats()
	must(t, err)
	want(t, "processes", stats.Processes, 1)
	_, err = billiard.OpenLock(objectName(t), billiard.InSegment(segment))
	fails(t, err, billiard.ErrInvalid, "")
	must(t, segment.Close())
	_, err = billiard.NewLock(billiard.InSegment(segment))
	fails(t, err, billiard.ErrClosed, "segment")
	_, err = segment.File()
	fails(t, err, billiard.ErrClosed, "segment")
}

// SHM-40
func TestBlocksOfMemory(t *testing.T) {
	name := objectName(t)
	first := made[*billiard.Memory](t)(billiard.OpenMemory(name, 1000))
	second := made[*billiard.Memory](t)(billiard.OpenMemory(name, 1000))
	copy(first.Bytes(), "hello")
	want(t, "seen", string(second.Bytes()[:6]), "hello\x00")
	want(t, "length", second.Len(), 1000)
	_, err := billiard.OpenMemory(name, 1001)
	fails(t, err, billiard.ErrExists, "")
	_, err = billiard.NewMemory(1<<30 + 1)
	fails(t, err, billiard.ErrTooLarge, "")
	none := made[*billiard.Memory](t)(billiard.NewMemory(0))
	want(t, "empty", len(none.Bytes()), 0)
}

func TestForgottenObjectsAreCollected(t *testing.T) {
	segment := made[*billiard.Segment](t)(billiard.NewSegment(billiard.SegmentOptions{}))
	for i := 0; i < 10; i++ {
		_, err := billiard.NewSharedValue(i, billiard.InSegment(segment))
		must(t, err)
		_, err = billiard.NewCondition(billiard.InSegment(segment))
		must(t, err)
	}
	eventually(func() bool {
		runtime.GC()
		stats, err := segment.Stats()
		must(t, err)
		return stats.Objects == 0
	})
}

func TestObjectsLeaveNoGoroutineNoThreadAndNoDescriptor(t *testing.T) {
	use := func() {
		lock, event, condition := newLock(t), made[*billiard.Event](t)(billiard.NewEvent()), newCondition(t)
		owner := billiard.NewOwner()
		must(t, lock.Acquire(background))
		if err := lock.Acquire(soon(t)); err == nil {
			t.Error("taken twice")
		}
		if err := event.Wait(soon(t)); err == nil {
			t.Error("it is not set")
		}
		err := condition.With(background, owner, func() error { return condition.Wait(soon(t), owner) })
		if !errors.Is(err, billiard.ErrTimeout) {
			t.Error(err)
		}
		named := made[*billiard.Lock](t)(billiard.OpenLock(objectName(t)))
		must(t, firstOf(lock.Close(), event.Close(), condition.Close(), named.Close()))
	}
	use()
	goroutines, open := runtime.NumGoroutine(), descriptors(t)
	for i := 0; i < 20; i++ {
		use()
	}
	eventually(func() bool { return runtime.NumGoroutine() <= goroutines })
	if now := descriptors(t); now > open {
		t.Errorf("%d descriptors before, %d after", open, now)
	}
}

func TestObjectsUnderCollectionsAllTheTime(t *testing.T) {
	defer storm(runtime.GC)()
	lock, array := newLock(t), made[*billiard.SharedArray[int64]](t)(billiard.NewSharedArray[int64](100))
	together(4, func(int) {
		for i := 0; i < 200; i++ {
			err := lock.With(background, func() error {
				for i := range array.Slice() {
					array.Slice()[i]++
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		}
	})
	for _, number := range array.Slice() {
		want(t, "number", number, int64(800))
	}
	runtime.KeepAlive(array)
}
