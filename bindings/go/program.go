package billiard

import (
	"fmt"
	"os"
)

// ownProgram returns a path that starts this very program, also when its file was replaced or
// deleted since: then through /proc, which works while this process lives, as long as its workers
// do.
func ownProgram() (string, error) {
	inProc := fmt.Sprintf("/proc/%d/exe", os.Getpid())
	running, err := os.Stat(inProc)
	if err != nil {
		return "", fmt.Errorf("billiard: this program's file: %w", err)
	}
	path, err := os.Executable()
	if err != nil {
		return inProc, nil
	}
	if found, err := os.Stat(path); err != nil || !os.SameFile(running, found) {
		return inProc, nil
	}
	return path, nil
}
