package main

import (
	"strings"

	"billiard"
)

func openQueue(name string, capacity int) *billiard.Queue {
	return made(billiard.OpenQueue(name, billiard.QueueOptions{Capacity: capacity}))
}

func capacityFor(bytes int) int {
	if bytes > 65536 {
		return 16
	}
	return 1000
}

func queue() []result {
	name := unique()
	queue := openQueue(name+"-queue", capacityFor(number("bytes")))
	pool := processes(name, []string{"put"})
	defer pool.Close()
	return one(throughput(func(items int) {
		for i := 0; i < items; i++ {
			made(queue.GetBytes(ctx))
		}
	}))
}

func queueInPlace() []result {
	name := unique()
	queue := openQueue(name+"-queue", capacityFor(number("bytes")))
	pool := processes(name, []string{"put_in_place"})
	defer pool.Close()
	return one(throughput(func(items int) {
		for i := 0; i < items; i++ {
			message := made(queue.Take(ctx))
			must(message.Ack())
			must(message.Close())
		}
	}))
}

func queueMany() []result {
	name := unique()
	queue, counts := openQueue(name+"-queue", 1000), openCounts(name)
	var roles []string
	for i := 0; i < number("consumers")-1; i++ {
		roles = append(roles, "get")
	}
	for i := 0; i < number("producers"); i++ {
		roles = append(roles, "put")
	}
	pool := processes(name, roles)
	defer pool.Close()
	return one(throughput(func(items int) {
		together(counts, items, func() { made(queue.GetBytes(ctx)) })
	}))
}

func pingPong() []result {
	name := unique()
	there, back := openQueue(name+"-there", 10), openQueue(name+"-back", 10)
	pool := processes(name, []string{"ping_pong"})
	defer pool.Close()
	data := []byte(strings.Repeat("x", number("bytes")))
	return one(latency(func() {
		must(there.PutBytes(ctx, data))
		made(back.GetBytes(ctx))
	}))
}
