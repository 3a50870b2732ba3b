package billiard

// Message is one message of a queue, as bytes.
type Message struct {
	Format Format
	Data   []byte
}

// Decode decodes the message into `to`, a pointer. See Result.Value.
func (message Message) Decode(to any) error {
	return decodeInto("message", message.Format, message.Data, to)
}
