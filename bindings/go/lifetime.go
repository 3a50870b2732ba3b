package billiard

import "sync"

// lifetime frees a C object when it was ended and the last call on it has returned, so that Close
// never has to wait for calls under way, and no call meets a freed handle.
type lifetime struct {
	mu    sync.Mutex
	users int
	ended bool
	free  func()
}

// use begins a call; false when the object has ended. Each true is followed by one done.
func (life *lifetime) use() bool {
	life.mu.Lock()
	defer life.mu.Unlock()
	if life.ended {
		return false
	}
	life.users++
	return true
}

func (life *lifetime) done() {
	life.mu.Lock()
	life.users--
	last := life.ended && life.users == 0
	life.mu.Unlock()
	if last {
		life.free()
	}
}

// end lets no more calls begin. Only the first end does something.
func (life *lifetime) end() {
	life.mu.Lock()
	first := !life.ended
	life.ended = true
	last := first && life.users == 0
	life.mu.Unlock()
	if last {
		life.free()
	}
}
