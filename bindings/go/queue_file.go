package billiard

import (
	"os"

	"billiard/internal/native"
)

// File returns a file of the memory of a queue that has no name, to be handed to another process, which calls
// AttachQueue. It is the caller's, to be closed when it has been handed over. (A Process takes the queue
// itself as an argument.) Errors: ErrInvalid (it has a name), ErrClosed, ErrOS.
func (queue *Queue) File() (*os.File, error) {
	fd, err := queue.memoryFD()
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), "billiard queue"), nil
}

// memoryFD makes a descriptor of the queue's memory.
func (queue *Queue) memoryFD() (int, error) {
	if !queue.life.use() {
		return -1, errQueueClosed
	}
	defer queue.life.done()
	fd := native.Bp_queue_segment_fd(queue.handle)
	if fd < 0 {
		return -1, invalid("a queue that has a name is opened by it, and has no file")
	}
	return duplicateFD(fd)
}

// AttachQueue opens the queue whose file came from another process. The file stays the caller's and is not
// needed any more. Blocks: never. Errors: ErrInvalid, ErrCorrupt (it is no queue's), ErrNoMemory, ErrOS.
func AttachQueue(file *os.File) (*Queue, error) {
	connection, err := file.SyscallConn()
	if err != nil {
		return nil, err
	}
	var queue *Queue
	var failed error
	err = connection.Control(func(fd uintptr) { queue, failed = attachQueueFD(int(fd)) })
	if err != nil {
		return nil, err
	}
	return queue, failed
}

func attachQueueFD(fd int) (*Queue, error) {
	return newQueue(QueueOptions{}, func(_ uint, _, _ uint64, out, cerr *uintptr) int32 {
		return native.Bp_queue_attach_fd(fd, out, cerr)
	})
}
