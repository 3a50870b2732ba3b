package idiom

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"billiard"
)

func registerLogTasks() {
	billiard.Register("log", func(text string) { billiard.Log(billiard.LogError, text) })
}

// logged returns the lines with the word that are logged while `run` does.
func logged(t *testing.T, word string, run func()) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "log")
	must(t, billiard.LogToFile(path, billiard.LogInfo))
	run()
	billiard.StopLog()
	text, err := os.ReadFile(path)
	must(t, err)
	var lines []string
	for _, line := range strings.Split(string(text), "\n") {
		if strings.Contains(line, word) {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

func TestTheLogOfHostAndWorker(t *testing.T) {
	lines := logged(t, "here", func() {
		billiard.Log(billiard.LogInfo, "here")
		billiard.Log(billiard.LogDebug, "not here")
		pool := newPool(t, billiard.PoolOptions{Workers: 1})
		must(t, pool.Apply(background, nil, "log", "there"))
	})
	if lines != "[INFO/MainProcess] here\n[ERROR/SpawnPoolWorker-1] there" {
		t.Error(lines)
	}
	if billiard.LogEnabled(billiard.LogError) {
		t.Error("it goes on")
	}
}

func TestLinesOfTheLogMayBeJSON(t *testing.T) {
	billiard.SetLogFormat(billiard.LogFormatJSON)
	defer billiard.SetLogFormat("")
	line := logged(t, "quoted", func() { billiard.Log(billiard.LogInfo, `"quoted"`) })
	var told struct {
		Time, Level, Name, ProcessName, Message string
		LevelNo, Process                        int
	}
	must(t, json.Unmarshal([]byte(line), &told))
	want(t, "message", told.Message, `"quoted"`)
	want(t, "level", told.Level, "INFO")
	want(t, "number", told.LevelNo, 20)
	want(t, "name", told.ProcessName, "MainProcess")
	want(t, "process", told.Process, os.Getpid())
	_, err := time.Parse(time.RFC3339, told.Time)
	must(t, err)
}

// POOL-85
func TestAPanicOfAFunctionIsLogged(t *testing.T) {
	lines := logged(t, "callback", func() {
		pool := newPool(t, billiard.PoolOptions{Workers: 1})
		submitJob(t, pool, billiard.Job{Task: "add", Args: []any{1, 2}, OnSuccess: func(*billiard.Result) { panic("on purpose") }})
		done := make(chan bool)
		submitJob(t, pool, billiard.Job{Task: "add", Args: []any{1, 2}, OnSuccess: func(*billiard.Result) { close(done) }})
		<-done
	})
	if !strings.HasPrefix(lines, "[ERROR/MainProcess] Pool callback raised exception: on purpose") {
		t.Error(lines)
	}
}

func TestFormatsAndNamesOfTheLog(t *testing.T) {
	billiard.SetLogFormat("%(levelname)s %(processName)s: %(message)s")
	billiard.SetLogProcessName("Renamed")
	defer billiard.SetLogFormat("")
	defer billiard.SetLogProcessName("MainProcess")
	lines := logged(t, "", func() {
		billiard.SetLogLevel(billiard.LogWarning)
		billiard.Log(billiard.LogInfo, "no")
		billiard.Log(billiard.LogWarning, "one\x00line")
	})
	if lines != "WARNING Renamed: one line\n" || billiard.LogProcessName() != "Renamed" {
		t.Errorf("%q, %s", lines, billiard.LogProcessName())
	}
	if err := billiard.LogToFile("/nonexistent/log", 0); !errors.Is(err, billiard.ErrOS) {
		t.Error(err)
	}
	if err := billiard.LogToFile("", 0); !errors.Is(err, billiard.ErrInvalid) {
		t.Error(err)
	}
}
