package idiom

import (
	"testing"

	"billiard"
)

// The dispatcher sleeps for ever when it misses one edge of the pool's descriptor.
func TestNoEndOfAJobIsMissed(t *testing.T) {
	for round := 0; round < 60; round++ {
		pool := newPool(t, billiard.PoolOptions{Workers: 1 + round%2})
		for i := 0; i < 3; i++ {
			items := upTo(2 + 3*round)
			values, err := billiard.Map[int](background, pool, "echo", items, billiard.ChunkSize(1))
			if err != nil || len(values) != len(items) {
				t.Fatalf("round %d: %d values, %v", round, len(values), err)
			}
		}
		pool.Close()
	}
}
