// The program mixed_worker is a command for the Go workers of a pool in any language:
//
//	billiard.Group{Name: "go", Command: []string{"mixed_worker"}, Workers: 2}
//
// It knows go_sha256, go_pid, go_add and go_take. Started by hand, it says so and leaves.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"

	"billiard"
)

func init() {
	billiard.Register("go_sha256", sha256Hex)
	billiard.Register("go_pid", os.Getpid)
	billiard.Register("go_add", func(a, b int64) int64 { return a + b })
	billiard.Register("go_take", take)
}

func main() {
	billiard.Init()
	fmt.Fprintln(os.Stderr, "mixed_worker: to be started by a pool, as the command of a group")
	os.Exit(2)
}

// sha256Hex returns the SHA-256 of some bytes, in hexadecimal digits.
func sha256Hex(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// take gets one message from a named queue. It keeps its worker busy for as long as the queue is
// empty.
func take(ctx context.Context, name string) (any, error) {
	queue, err := billiard.OpenQueue(name, billiard.QueueOptions{})
	if err != nil {
		return nil, err
	}
	defer queue.Close()
	var message any
	err = queue.Get(ctx, &message)
	return message, err
}
