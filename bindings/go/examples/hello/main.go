// The program hello adds two numbers in a worker process: the example of the README.
package main

import (
	"context"
	"fmt"
	"log"

	"billiard"
)

func main() {
	billiard.Register("add", func(a, b int) int { return a + b })
	billiard.Init() // in a worker process: serves the tasks, never returns
	ctx := context.Background()
	pool, err := billiard.NewPool(ctx, billiard.PoolOptions{Workers: 2})
	if err != nil {
		log.Fatal(err)
	}
	defer pool.Close()
	sum, err := billiard.Apply[int](ctx, pool, "add", 40, 2)
	fmt.Println(sum, err)
}
