package billiard

import (
	"context"

	"billiard/internal/native"
)

// DeliverChallenge proves that the other side has the same key, as the first half of a listener's
// handshake does. Listen and Dial do both halves by themselves.
//
// One goroutine at a time uses the connection meanwhile. Blocks: until the other side has answered, and
// holds a thread. Errors: the context's, ErrAuthentication, ErrInvalid (key: is empty), and those of Send
// and Recv.
func (connection *Connection) DeliverChallenge(ctx context.Context, key []byte) error {
	return connection.prove(ctx, key, native.Bp_connection_deliver_challenge)
}

// AnswerChallenge proves to the other side, which delivers a challenge, that this one has the same key.
// Otherwise it is DeliverChallenge.
func (connection *Connection) AnswerChallenge(ctx context.Context, key []byte) error {
	return connection.prove(ctx, key, native.Bp_connection_answer_challenge)
}

func (connection *Connection) prove(ctx context.Context, key []byte,
	call func(handle uintptr, key []byte, timeout int64, token uintptr, cerr *uintptr) int32) error {
	if len(key) == 0 {
		return invalid("key: is empty")
	}
	if !connection.core.life.use() {
		return connection.core.errClosed()
	}
	defer connection.core.life.done()
	return connection.core.wait(ctx, ErrTimeout, func(token uintptr) error {
		var cerr uintptr
		return takeError(call(connection.core.handle, key, native.BP_FOREVER, token, &cerr), cerr)
	})
}
