// The program shared_counters lets four worker processes count together, each in three ways that
// lose nothing: in one atomic step, under a lock, and each in a place of its own. They begin when the
// host sets an event.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"billiard"
)

const (
	workers = 4
	times   = 1000
)

// counters are shared by all processes that open the same name.
type counters struct {
	start *billiard.Event
	lock  *billiard.Lock
	total *billiard.SharedValue[int64]
	each  *billiard.SharedArray[int64] // one number per worker, and the last one under the lock
}

func open(name string) (shared counters, err error) {
	if shared.start, err = billiard.OpenEvent(name + "-start"); err != nil {
		return shared, err
	}
	if shared.lock, err = billiard.OpenLock(name + "-lock"); err != nil {
		return shared, err
	}
	if shared.total, err = billiard.OpenSharedValue(name+"-total", int64(0)); err != nil {
		return shared, err
	}
	shared.each, err = billiard.OpenSharedArray[int64](name+"-each", workers+1)
	return shared, err
}

// count runs in the workers.
func count(ctx context.Context, call *billiard.Call) error {
	var name string
	if err := call.Bind(&name); err != nil {
		return err
	}
	shared, err := open(name)
	if err != nil {
		return err
	}
	if err := shared.start.Wait(ctx); err != nil {
		return err
	}
	numbers := shared.each.Slice() // in place, in shared memory
	for i := 0; i < times; i++ {
		if _, err := shared.total.Add(1); err != nil {
			return err
		}
		numbers[call.Worker]++
		err := shared.lock.With(ctx, func() error {
			numbers[workers]++
			return nil
		})
		if err != nil {
			return err
		}
	}
	return shared.each.Close()
}

func init() { billiard.Register("count", count) }

func main() {
	billiard.Init()
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	// Process ids repeat, and containers have the same ones.
	name := fmt.Sprintf("shared-counters-%d-%d", os.Getpid(), time.Now().UnixNano())
	shared, err := open(name)
	if err != nil {
		return err
	}
	pool, err := billiard.NewPool(ctx, billiard.PoolOptions{Workers: workers})
	if err != nil {
		return err
	}
	defer pool.Close()
	var jobs []*billiard.Result
	for i := 0; i < workers; i++ {
		job, err := pool.Submit(ctx, "count", name)
		if err != nil {
			return err
		}
		jobs = append(jobs, job)
	}
	if err := shared.start.Set(); err != nil {
		return err
	}
	for _, job := range jobs {
		if err := job.Wait(ctx); err != nil {
			return err
		}
	}
	total, err := shared.total.Load()
	if err != nil {
		return err
	}
	each, err := shared.each.Read(0, workers+1)
	if err != nil {
		return err
	}
	sum := int64(0)
	for _, number := range each[:workers] {
		sum += number
	}
	fmt.Println(total, sum, each[workers]) // 4000 4000 4000
	return nil
}
