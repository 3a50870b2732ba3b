package billiard

import (
	"log"
	"strings"

	"billiard/internal/native"
)

// LogLevel is how much a line of the log matters. Numbers between the named ones are levels too.
type LogLevel int

// Levels, as in the C header billiard/log.h. LogNotSet leaves a level as it is; at first that is LogWarning.
const (
	LogNotSet     LogLevel = 0
	LogSubDebug   LogLevel = 5
	LogDebug      LogLevel = 10
	LogInfo       LogLevel = 20
	LogSubWarning LogLevel = 25
	LogWarning    LogLevel = 30
	LogError      LogLevel = 40
)

// LogToStderr lets the library write lines of at least that level to standard error. There is one log per
// process, silent until it is told where to write; any other place ends. Workers are given the settings.
func LogToStderr(level LogLevel) { native.Bp_log_to_stderr(clampLevel(level)) }

// LogToFile appends lines to a file, which is made if need be. Errors: ErrInvalid (path), ErrOS (it can not be
// opened, and nothing has changed).
func LogToFile(path string, level LogLevel) error {
	if path == "" || hasNul(path) {
		return invalid("path: bad name %q", path)
	}
	var cerr uintptr
	return takeError(native.Bp_log_to_file(path, clampLevel(level), &cerr), cerr)
}

// StopLog ends logging, in this process.
func StopLog() { native.Bp_log_stop() }

// SetLogLevel sets the least level that is written, in this process.
func SetLogLevel(level LogLevel) { native.Bp_log_set_level(clampLevel(level)) }

// LogEnabled says whether a line of this level would be written.
func LogEnabled(level LogLevel) bool { return native.Bp_log_enabled(clampLevel(level)) == 1 }

// Log writes a line, if its level is enabled.
func Log(level LogLevel, message string) {
	native.Bp_log_write(clampLevel(level), withoutNul(message))
}

// LogFormatJSON is the format whose lines are one JSON object each, with the members time (UTC,
// "2026-01-31T12:00:00.123Z"), level, levelno, name, processName, process and message.
const LogFormatJSON = "%(json)s"

// SetLogFormat sets what a line looks like: %(levelname)s, %(processName)s, %(process)d, %(name)s, %(asctime)s
// and %(message)s stand for what they say. "" is the default.
func SetLogFormat(format string) { native.Bp_log_set_format(withoutNul(format)) }

// LogProcessName returns what this process is called in its lines: "MainProcess" at first, in a worker
// "SpawnPoolWorker-" and its index from 1.
func LogProcessName() string {
	var text [256]byte
	length := native.Bp_log_process_name(text[:])
	if length >= int64(len(text)) {
		length = int64(len(text)) - 1
	}
	return string(text[:length])
}

// SetLogProcessName changes that, in this process.
func SetLogProcessName(name string) { native.Bp_log_set_process_name(withoutNul(name)) }

func clampLevel(level LogLevel) int {
	switch {
	case level < 0:
		return 0
	case level > 1000:
		return 1000
	}
	return int(level)
}

func withoutNul(text string) string { return strings.ReplaceAll(text, "\x00", " ") }

// report writes what must be seen: a line of the library's log, or of the program's when that is silent.
func report(message string) {
	if LogEnabled(LogError) {
		Log(LogError, message)
	} else {
		log.Print("billiard: ", message)
	}
}
