package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

// quote puts a name in double quotes, with every byte visible.
func quote(name string) string {
	var quoted strings.Builder
	quoted.WriteByte('"')
	for _, each := range []byte(name) {
		if each < ' ' || each > '~' || each == '"' || each == '\\' {
			fmt.Fprintf(&quoted, "\\x%02x", each)
		} else {
			quoted.WriteByte(each)
		}
	}
	quoted.WriteByte('"')
	return quoted.String()
}

// reason returns the system's words for a failure, without the path.
func reason(err error) string {
	var wrapped *fs.PathError
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	return capitalized(err.Error())
}

// capitalized writes errors as other languages do: Go's own texts begin with a small letter.
func capitalized(text string) string {
	if text == "" {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

func printUnreadable(path, why string) {
	fmt.Fprintf(os.Stderr, "go unreadable file=%s %s\n", quote(path), why)
}

// progress is a line on a terminal, rewritten in place; in a pipe it shows nothing.
type progress struct {
	last  time.Time
	shown bool
}

func (line *progress) show(done, total int) {
	if time.Since(line.last) < 100*time.Millisecond {
		return
	}
	line.last = time.Now()
	if isTerminal(os.Stderr) {
		fmt.Fprintf(os.Stderr, "\rgo %d/%d files", done, total)
		line.shown = true
	}
}

func (line *progress) wipe() {
	if line.shown {
		fmt.Fprint(os.Stderr, "\r\x1b[K")
		line.shown = false
	}
}

func isTerminal(file *os.File) bool {
	var settings syscall.Termios
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, file.Fd(), syscall.TCGETS,
		uintptr(unsafe.Pointer(&settings)))
	return errno == 0
}
