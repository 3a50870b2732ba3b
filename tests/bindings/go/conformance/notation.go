package main

import (
	"fmt"
	"math"
	"sort"
	"strings"
)

// notation writes a decoded value so that all languages write it alike.
func notation(value any) string {
	switch value := value.(type) {
	case nil:
		return "nil"
	case float64:
		return fmt.Sprintf("f:%016x", math.Float64bits(value))
	case string:
		return fmt.Sprintf("s:%x", value)
	case []byte:
		return fmt.Sprintf("s:%x", value)
	case []any:
		return "[" + strings.Join(notations(value), ",") + "]"
	case map[string]any:
		return mapNotation(value)
	}
	return fmt.Sprint(value)
}

func notations(values []any) []string {
	var texts []string
	for _, value := range values {
		texts = append(texts, notation(value))
	}
	return texts
}

func mapNotation(values map[string]any) string {
	var pairs []string
	for key, value := range values {
		pairs = append(pairs, notation(key)+":"+notation(value))
	}
	sort.Strings(pairs)
	return "{" + strings.Join(pairs, ",") + "}"
}

// peerValues are the values that travel between all languages.
func peerValues() []any {
	return []any{
		true, false, 0, 127, -1, -32768, int64(1) << 32, int64(math.MaxInt64), int64(math.MinInt64),
		1.5, 1e300, "é€", []byte{0x00, 0xff, 0x80},
		[]any{1, []any{2, "a"}, false},
		map[string]any{"a": 1, "b": []any{true}},
	}
}
