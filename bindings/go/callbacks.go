package billiard

import (
	"fmt"
	"runtime/debug"
	"sync"
)

// callbacks runs the functions of a host's jobs in order, one at a time, in a goroutine that is there
// while there are some. So a slow one delays no result, and each may use the pool, also end it.
type callbacks struct {
	mu      sync.Mutex
	queue   []func()
	running bool
}

// add lets a function run after those that were added before.
func (c *callbacks) add(function func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.queue = append(c.queue, function)
	if !c.running {
		c.running = true
		go c.run()
	}
}

func (c *callbacks) run() {
	for function := c.next(); function != nil; function = c.next() {
		guarded(function)
	}
}

// next returns nil when there is none and the goroutine is to end.
func (c *callbacks) next() func() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.queue) == 0 {
		c.running = false
		return nil
	}
	function := c.queue[0]
	c.queue[0] = nil
	c.queue = c.queue[1:]
	return function
}

// guarded logs a panic, which has no caller that could expect it.
func guarded(function func()) {
	defer func() {
		if panicked := recover(); panicked != nil {
			report(fmt.Sprintf("Pool callback raised exception: %v\n%s", panicked, debug.Stack()))
		}
	}()
	function()
}
