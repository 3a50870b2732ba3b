package billiard

import (
	"os"

	"billiard/internal/native"
)

// ThisProcess is the process that asks, in the root of a tree and in its children alike.
type ThisProcess struct{}

// CurrentProcess returns the process that asks. It can not be started, joined or ended by this.
func CurrentProcess() ThisProcess { return ThisProcess{} }

// Name returns its name: "MainProcess" where no Process stands for it.
func (ThisProcess) Name() string { return textOf(native.Bp_current_name) }

// SetName gives it another name, which later lines of the log have too. Errors: ErrInvalid (name: 1 to 255
// bytes, no NUL).
func (ThisProcess) SetName(name string) error {
	if name == "" || hasNul(name) {
		return invalid("name: %q is empty or has a NUL byte", name)
	}
	var cerr uintptr
	return takeError(native.Bp_current_set_name(name, &cerr), cerr)
}

// PID returns its process id.
func (ThisProcess) PID() int { return os.Getpid() }

// Identity returns the numbers that its creators counted it with; none in the main process.
func (ThisProcess) Identity() (identity []int) {
	return identityOf(native.Bpi_current_identity_part)
}

// Daemon says whether it ends with its parent.
func (ThisProcess) Daemon() bool { return native.Bp_current_is_daemon() == 1 }

// AuthKey returns the key that processes of one tree prove themselves with, 32 random bytes that children
// inherit. Show it to nobody.
func (ThisProcess) AuthKey() ([]byte, error) {
	var buffer native.Buffer
	var cerr uintptr
	if status := native.Bpi_current_authkey(&buffer, &cerr); status < 0 {
		return nil, takeError(status, cerr)
	}
	return takeBytes(&buffer), nil
}

// SetAuthKey replaces the key, for children that are started later. Errors: ErrInvalid (no bytes).
func (ThisProcess) SetAuthKey(key []byte) error {
	if len(key) == 0 {
		return invalid("key: is empty")
	}
	var cerr uintptr
	return takeError(native.Bpi_current_set_authkey(key, &cerr), cerr)
}

// ParentProcess returns the pid and the name of the process that started this one; 0 in the main process.
func ParentProcess() (pid int, name string) {
	return native.Bpi_parent_pid(), textOf(native.Bpi_parent_name)
}

// InheritedFiles returns the files of ProcessOptions.Files, in a process that was started with some. They
// are the caller's, to be closed, and each call makes them anew.
func InheritedFiles() (files []*os.File, err error) {
	for i := 0; i < native.Bpi_inherited_fd_count(); i++ {
		if handedHere.taken[i] {
			continue
		}
		fd, err := duplicateFD(native.Bpi_inherited_fd(int64(i)))
		if err != nil {
			return nil, err
		}
		files = append(files, os.NewFile(uintptr(fd), "billiard inherited file"))
	}
	return files, nil
}

// CPUsOnline returns how many CPUs of this system are online, whoever may use them (CPUs: those that this
// process may); 0 when the system does not tell.
func CPUsOnline() int { return native.Bp_cpus_online() }

// identityOf reads numbers until there is none.
func identityOf(part func(index int64) int64) (identity []int) {
	for i := int64(0); ; i++ {
		number := part(i)
		if number < 0 {
			return identity
		}
		identity = append(identity, int(number))
	}
}

// textOf returns a text that a call writes, whatever its length.
func textOf(write func(text []byte) int64) string {
	text := make([]byte, 128)
	for {
		length := int(write(text))
		if length < len(text) {
			return string(text[:length])
		}
		text = make([]byte, length+1)
	}
}
