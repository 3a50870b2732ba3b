package billiard

// Format says how the bytes of a payload or message are to be read. It travels with them.
type Format uint32

// Formats, as in the C header billiard/common.h.
const (
	// FormatRaw is bytes, handed over as they are.
	FormatRaw Format = 0
	// FormatMessagePack is one MessagePack value; the arguments of a call are one array.
	FormatMessagePack Format = 1
	// FormatRubyMarshal is only for Ruby programs.
	FormatRubyMarshal Format = 16
	// FormatLuaDump is only for Lua programs.
	FormatLuaDump Format = 17
)

// String returns the format's name.
func (format Format) String() string {
	switch format {
	case FormatRaw:
		return "raw bytes"
	case FormatMessagePack:
		return "MessagePack"
	case FormatRubyMarshal:
		return "Ruby Marshal"
	case FormatLuaDump:
		return "Lua dump"
	}
	return "unknown format"
}
