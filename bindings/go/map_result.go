package billiard

import (
	"context"
	"fmt"
	"sync"

	"billiard/internal/native"
)

// MapResult is the outcome of one map, now or later; see Result. Values reads it.
type MapResult struct {
	pool *Pool // kept from being collected while somebody wants the result
	id   uint64
	task string

	mu       sync.Mutex
	handle   uintptr // 0 once the map has ended
	pids     []int
	accepted bool

	done  chan struct{} // closed when the following are set
	items []mapItem     // as many as the map has from the beginning
	err   error
}

type mapItem struct {
	format Format
	data   []byte
}

func newMapResult(pool *Pool, task string, handle uintptr) *MapResult {
	return &MapResult{
		pool:   pool,
		id:     native.Bp_map_result_id(handle),
		task:   task,
		handle: handle,
		done:   make(chan struct{}),
		items:  make([]mapItem, native.Bp_map_result_count(handle)),
	}
}

// ID returns the map's id, which is its jobs' too.
func (result *MapResult) ID() uint64 { return result.id }

// Len returns the number of items.
func (result *MapResult) Len() int { return len(result.items) }

// Done returns a channel that is closed when every item has its value or one has failed.
func (result *MapResult) Done() <-chan struct{} { return result.done }

// Wait waits until the map is done, good or bad; see Result.Wait.
func (result *MapResult) Wait(ctx context.Context) error {
	return waitClosed(ctx, result.done)
}

// Value waits for the map and decodes the value of one item into `to`; see Result.Value.
func (result *MapResult) Value(ctx context.Context, index int, to any) error {
	if index < 0 || index >= len(result.items) {
		return invalid("index is %d, not within 0...%d", index, len(result.items))
	}
	if err := result.Wait(ctx); err != nil {
		return err
	}
	if result.err != nil {
		return result.err
	}
	return result.decode(index, to)
}

func (result *MapResult) decode(index int, to any) error {
	item := &result.items[index]
	return decodeInto(fmt.Sprintf("result %d of task %q", index, result.task), item.format, item.data, to)
}

// String describes the result: map, task and state.
func (result *MapResult) String() string {
	return fmt.Sprintf("MapResult(map %d, task %q, accepted: %t, ready: %t)",
		result.id, result.task, result.Accepted(), isClosed(result.done))
}

// PIDs returns the worker processes that have begun jobs of the map.
func (result *MapResult) PIDs() []int {
	result.mu.Lock()
	defer result.mu.Unlock()
	result.look()
	return append([]int{}, result.pids...)
}

// Accepted says whether workers have begun all jobs of the map.
func (result *MapResult) Accepted() bool {
	result.mu.Lock()
	defer result.mu.Unlock()
	result.look()
	return result.accepted
}

// look reads what can be seen before the end.
func (result *MapResult) look() {
	if result.handle == 0 {
		return
	}
	result.accepted = native.Bp_map_result_accepted(result.handle) == 1
	result.pids = nil
	for pid := native.Bpi_map_result_pid(result.handle, 0); pid != 0; {
		result.pids = append(result.pids, pid)
		pid = native.Bpi_map_result_pid(result.handle, int64(len(result.pids)))
	}
}

// hear takes the events of the map from the dispatcher.
func (result *MapResult) hear(event *native.PoolEvent) bool {
	last := event.Kind == int32(native.BP_EVENT_JOB_DONE)
	if last {
		result.collect()
	}
	return last
}

func (result *MapResult) end() { result.collect() }

// collect moves the outcome out of shared memory. It is called once, when the map has ended.
func (result *MapResult) collect() {
	result.mu.Lock()
	defer result.mu.Unlock()
	result.look()
	var cerr uintptr
	result.err = takeError(native.Bp_map_result_get(result.handle, 0, 0, &cerr), cerr)
	for i := 0; i < len(result.items) && result.err == nil; i++ {
		result.err = result.collectItem(i)
	}
	native.Bp_map_result_release(result.handle)
	result.handle = 0
	close(result.done)
}

func (result *MapResult) collectItem(index int) error {
	var view native.View
	var cerr uintptr
	status := native.Bp_map_result_item(result.handle, int64(index), &view, &cerr)
	if err := takeError(status, cerr); err != nil {
		return err
	}
	result.items[index] = mapItem{Format(view.Format), append([]byte{}, view.Bytes()...)}
	return nil
}
