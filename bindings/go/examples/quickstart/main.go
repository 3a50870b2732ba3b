package main

import (
	"context"
	"fmt"
	"log"

	"billiard"
)

func init() { billiard.Register("square", func(n int) int { return n * n }) }

func main() {
	billiard.Init() // a worker is this program, started anew: it stays in here
	ctx := context.Background()
	pool, err := billiard.NewPool(ctx, billiard.PoolOptions{Workers: 2})
	if err != nil {
		log.Fatal(err)
	}
	defer pool.Close()

	var jobs []*billiard.Result
	for n := 1; n <= 10; n++ {
		job, err := pool.Submit(ctx, "square", n)
		if err != nil {
			log.Fatal(err)
		}
		jobs = append(jobs, job)
	}
	sum := 0
	for _, job := range jobs {
		square, err := billiard.Get[int](ctx, job)
		if err != nil {
			log.Fatal(err)
		}
		sum += square
	}
	fmt.Println(sum) // 385
}
