package billiard

import (
	"context"
	"fmt"
	"reflect"

	"billiard/internal/native"
)

// MapOption is a wish for a map or an iteration.
type MapOption func(*mapOptions)

type mapOptions struct {
	chunkSize int
	lookAhead int
	spread    bool
	job       Job
}

// ChunkSize sets how many items make one job: one begin, one set of limits, one step towards
// MaxJobsPerWorker. Default: of a map, as many as make four jobs for each worker; of an iteration, 1.
func ChunkSize(items int) MapOption { return func(wishes *mapOptions) { wishes.chunkSize = items } }

// LookAhead sets how many jobs of an iteration may be out at a time: submitted, and not taken by Next.
// Default: 4 for each worker.
func LookAhead(jobs int) MapOption { return func(wishes *mapOptions) { wishes.lookAhead = jobs } }

// Spread makes each item a list of arguments: the task gets its elements. Items are slices then.
func Spread() MapOption { return func(wishes *mapOptions) { wishes.spread = true } }

// EachJob sets the options of each job: its group and limits. Task, arguments and functions are left
// out.
func EachJob(options Job) MapOption { return func(wishes *mapOptions) { wishes.job = options } }

func newMapOptions(task string, options []MapOption) (*mapOptions, error) {
	wishes := &mapOptions{}
	for _, option := range options {
		option(wishes)
	}
	job := &wishes.job
	switch {
	case wishes.chunkSize < 0:
		return nil, invalid("chunk size is %d, out of range", wishes.chunkSize)
	case wishes.lookAhead < 0:
		return nil, invalid("look-ahead is %d, out of range", wishes.lookAhead)
	case job.Task != "" || job.Args != nil || job.Raw != nil || job.hooks(nil) != nil:
		return nil, invalid("EachJob: has a task, arguments or functions")
	}
	job.Task = task
	return wishes, job.checkNames()
}

// encodeItem makes the payload of one item.
func (wishes *mapOptions) encodeItem(index int, item any) ([]byte, error) {
	arguments := []any{item}
	if wishes.spread {
		list := reflect.ValueOf(item)
		if list.Kind() != reflect.Slice && list.Kind() != reflect.Array {
			return nil, invalid("item %d: Spread wants a slice, not %T", index, item)
		}
		arguments = make([]any, list.Len())
		for i := range arguments {
			arguments[i] = list.Index(i).Interface()
		}
	}
	payload, err := encodeArguments(arguments)
	if err != nil {
		return nil, fmt.Errorf("item %d: %w", index, err)
	}
	return payload, nil
}

// Map runs the task once for each item, spread over the workers, and returns the values in the order of
// the items. The first failure is its error; what has not begun then may still be run. When ctx ends
// before, the jobs go on, and their values are dropped.
//
//	lengths, err := billiard.Map[int](ctx, pool, "length", []string{"a", "bc"})
//
// Errors: those of Pool.Submit and Result.Value.
func Map[R, T any](ctx context.Context, pool *Pool, task string, items []T, options ...MapOption) ([]R, error) {
	result, err := MapAsync(ctx, pool, task, items, options...)
	if err != nil {
		return nil, err
	}
	return Values[R](ctx, result)
}

// MapAsync is Map without waiting for the values.
//
// Owner: items are copied. Blocks: only while MaxJobs is reached.
// Errors: those of Pool.Submit; ErrInvalid also for more chunks than MaxJobs.
func MapAsync[T any](ctx context.Context, pool *Pool, task string, items []T, options ...MapOption) (*MapResult, error) {
	wishes, err := newMapOptions(task, options)
	if err != nil {
		return nil, err
	}
	batch := native.Bpi_batch_new()
	defer native.Bpi_batch_free(batch)
	for i, item := range items {
		payload, err := wishes.encodeItem(i, item)
		if err != nil {
			return nil, err
		}
		native.Bpi_batch_add(batch, payload, uint(FormatMessagePack))
	}
	return pool.submitMap(ctx, wishes, batch)
}

// Values waits for a map and returns its values. See MapResult.Value for their types.
func Values[R any](ctx context.Context, result *MapResult) ([]R, error) {
	if err := result.Wait(ctx); err != nil {
		return nil, err
	}
	if result.err != nil {
		return nil, result.err
	}
	values := make([]R, len(result.items))
	for i := range values {
		if err := result.decode(i, &values[i]); err != nil {
			return nil, err
		}
	}
	return values, nil
}

func (pool *Pool) submitMap(ctx context.Context, wishes *mapOptions, items uintptr) (*MapResult, error) {
	var handle uintptr
	var result *MapResult
	err := pool.submitWith(ctx, submission{
		job:    &wishes.job,
		format: FormatMessagePack,
		call: func(options uintptr, timeout int64, token uintptr, cerr *uintptr) int32 {
			return native.Bpi_map_async(pool.handle, wishes.job.Task, items, uint64(wishes.chunkSize), options,
				timeout, token, &handle, cerr)
		},
		made: func() (uint64, listener) {
			result = newMapResult(pool, wishes.job.Task, handle)
			if len(result.items) == 0 {
				result.collect() // it has ended, and nobody announces it
				return 0, nil
			}
			return result.id, result
		},
	})
	return result, err
}
