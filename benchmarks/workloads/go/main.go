// The program workloads runs the workloads of benchmarks/README.md through the Go layer.
//
//	workloads WORKLOAD [--name=number]...
//
// Go does not fork: the other processes are workers of a pool, and shared things have names.
package main

import (
	"context"
	"fmt"
	"os"
	"sort"
	"strings"
	"time"

	"billiard"
)

var ctx = context.Background()

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func made[T any](thing T, err error) T {
	must(err)
	return thing
}

var workloads = map[string]func() []result{
	"pool": manyJobs, "apply": apply, "map": mapNumbers,
	"queue": queue, "queue_in_place": queueInPlace, "queue_many": queueMany, "ping_pong": pingPong,
	"lock": lockAlone, "semaphore": semaphoreAlone,
	"lock_contended": lockContended, "semaphore_contended": semaphoreContended,
	"event": event, "condition": condition,
	"pool_start": poolStart, "kill": killWorkers,
	"idle": idle, "queued": queued, "floor": floor,
	"value_add": valueAdd, "value_locked_add": valueLockedAdd, "array_copy": arrayCopy,
}

type result struct {
	variant string
	figures figures
}

func one(figures figures) []result { return []result{{"", figures}} }

func main() {
	registerTasks()
	billiard.Init()
	if len(os.Args) > 1 && workloads[os.Args[1]] != nil {
		name := readArguments()
		for _, result := range workloads[name]() {
			report(name, result.variant, result.figures)
		}
		return
	}
	var names []string
	for name := range workloads {
		names = append(names, name)
	}
	sort.Strings(names)
	fmt.Fprintln(os.Stderr, "usage: workloads WORKLOAD [--name=number]...; the workloads are:", strings.Join(names, " "))
	os.Exit(2)
}

// unique names what the processes of this run share.
func unique() string { return fmt.Sprintf("bench-%d-%d", os.Getpid(), time.Now().UnixNano()) }
