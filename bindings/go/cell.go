package billiard

import (
	"context"
	"math"

	"billiard/internal/native"
)

// Cell is one number in shared memory: a value, an element of an array, or a field of either. It is
// valid as long as what it is part of.
//
// Each access is whole: a number is never seen half written, with or without the lock, which no
// method takes. An integer that the type can not hold is ErrInvalid, unless the object is Wrapping.
// Errors of all methods: ErrInvalid (no such element or field, a number out of range or of the wrong
// kind), ErrClosed.
type Cell struct {
	core  *core
	calls *cellCalls
	index int64
	field uint
	err   error
}

// cellCalls are the calls of arrays; those of values have no index.
type cellCalls struct {
	getInt          func(handle uintptr, index int64, field uint, out *int64, cerr *uintptr) int32
	getUint         func(handle uintptr, index int64, field uint, out *uint64, cerr *uintptr) int32
	getFloat        func(handle uintptr, index int64, field uint, out *float64, cerr *uintptr) int32
	setInt          func(handle uintptr, index int64, field uint, number int64, cerr *uintptr) int32
	setUint         func(handle uintptr, index int64, field uint, number uint64, cerr *uintptr) int32
	setFloat        func(handle uintptr, index int64, field uint, number float64, cerr *uintptr) int32
	fetchAdd        func(handle uintptr, index int64, field uint, number int64, out *int64, cerr *uintptr) int32
	exchange        func(handle uintptr, index int64, field uint, number int64, out *int64, cerr *uintptr) int32
	compareExchange func(handle uintptr, index int64, field uint, old, new int64, out *int64, cerr *uintptr) int32
	wait            func(handle uintptr, index int64, field uint, old, timeout int64, token uintptr, cerr *uintptr) int32
	wake            func(handle uintptr, index int64, field uint, count int, cerr *uintptr) int32
	fieldIndex      func(handle uintptr, name string) int
}

func (cell Cell) call(call func(handle uintptr, cerr *uintptr) int32) error {
	if cell.err != nil {
		return cell.err
	}
	return cell.core.call(call)
}

// Field returns a field of a structure. The calls on one that does not exist return ErrInvalid.
func (cell Cell) Field(name string) Cell {
	index := -1
	if name != "" && !hasNul(name) {
		index = read(cell.core, func(handle uintptr) int { return cell.calls.fieldIndex(handle, name) })
	}
	if index < 0 && cell.err == nil {
		cell.err = invalid("field: there is none named %q", name)
	}
	cell.field = uint(index)
	return cell
}

// Int reads an integer.
func (cell Cell) Int() (number int64, err error) {
	err = cell.call(func(handle uintptr, cerr *uintptr) int32 {
		return cell.calls.getInt(handle, cell.index, cell.field, &number, cerr)
	})
	return number, err
}

// Uint reads an integer that is not negative.
func (cell Cell) Uint() (number uint64, err error) {
	err = cell.call(func(handle uintptr, cerr *uintptr) int32 {
		return cell.calls.getUint(handle, cell.index, cell.field, &number, cerr)
	})
	return number, err
}

// Float reads a number of any type.
func (cell Cell) Float() (number float64, err error) {
	err = cell.call(func(handle uintptr, cerr *uintptr) int32 {
		return cell.calls.getFloat(handle, cell.index, cell.field, &number, cerr)
	})
	return number, err
}

// SetInt writes a number of any type.
func (cell Cell) SetInt(number int64) error {
	return cell.call(func(handle uintptr, cerr *uintptr) int32 {
		return cell.calls.setInt(handle, cell.index, cell.field, number, cerr)
	})
}

// SetUint writes a number of any type.
func (cell Cell) SetUint(number uint64) error {
	return cell.call(func(handle uintptr, cerr *uintptr) int32 {
		return cell.calls.setUint(handle, cell.index, cell.field, number, cerr)
	})
}

// SetFloat writes a floating-point number.
func (cell Cell) SetFloat(number float64) error {
	return cell.call(func(handle uintptr, cerr *uintptr) int32 {
		return cell.calls.setFloat(handle, cell.index, cell.field, number, cerr)
	})
}

// Add adds to an integer in one atomic step, and returns what was there before. Numbers of unsigned
// 64-bit types are the int64 of the same bits, here and below.
func (cell Cell) Add(number int64) (before int64, err error) {
	err = cell.call(func(handle uintptr, cerr *uintptr) int32 {
		return cell.calls.fetchAdd(handle, cell.index, cell.field, number, &before, cerr)
	})
	return before, err
}

// Swap stores an integer and returns what was there before, in one atomic step.
func (cell Cell) Swap(number int64) (before int64, err error) {
	err = cell.call(func(handle uintptr, cerr *uintptr) int32 {
		return cell.calls.exchange(handle, cell.index, cell.field, number, &before, cerr)
	})
	return before, err
}

// CompareAndSwap stores an integer where `old` is, in one atomic step, and tells whether it was.
func (cell Cell) CompareAndSwap(old, number int64) (swapped bool, err error) {
	var before int64
	err = cell.call(func(handle uintptr, cerr *uintptr) int32 {
		return cell.calls.compareExchange(handle, cell.index, cell.field, old, number, &before, cerr)
	})
	return err == nil && before == old, err
}

// Wait waits while an integer of 4 bytes is `old`; whoever changes it has to Wake. It holds a
// thread. Blocks: until then. Errors also: the context's.
func (cell Cell) Wait(ctx context.Context, old int64) error {
	if cell.err != nil {
		return cell.err
	}
	if !cell.core.life.use() {
		return cell.core.errClosed()
	}
	defer cell.core.life.done()
	return cell.core.wait(ctx, ErrTimeout, func(token uintptr) error {
		var cerr uintptr
		status := cell.calls.wait(cell.core.handle, cell.index, cell.field, old, native.BP_FOREVER, token, &cerr)
		return takeError(status, cerr)
	})
}

// Wake wakes up to so many who wait for the number; -1 wakes all.
func (cell Cell) Wake(count int) error {
	if count > math.MaxInt32 {
		count = -1
	}
	return cell.call(func(handle uintptr, cerr *uintptr) int32 {
		return cell.calls.wake(handle, cell.index, cell.field, count, cerr)
	})
}
