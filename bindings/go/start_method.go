package billiard

import "billiard/internal/native"

// StartMethod says how a process comes into being.
type StartMethod string

const (
	// StartDefault is the one that SetStartMethod fixed, or StartSpawn.
	StartDefault StartMethod = ""
	// StartSpawn starts this program anew, whose Init runs an entry. It is the one that Go has.
	StartSpawn StartMethod = "spawn"
	// StartFork is refused: a Go program can not fork, since none of its threads but one would be there.
	StartFork StartMethod = "fork"
	// StartForkServer is refused for the same reason, unless SetExecutable names a program that forks.
	StartForkServer StartMethod = "forkserver"
)

func init() { native.Bp_declare_fork_unsafe() }

// StartMethods returns the start methods that a Go program has: StartSpawn. (That a fork server of
// another program may be used by StartForkServer is for programs that know it.)
func StartMethods() []StartMethod { return []StartMethod{StartSpawn} }

// CurrentStartMethod returns the default start method, and fixes it by that; a child's is how it was
// started. FixedStartMethod does not fix it, and returns StartDefault when nobody has.
func CurrentStartMethod() StartMethod { return StartMethod(native.Bpi_current_start_method(0)) }

// FixedStartMethod: see CurrentStartMethod.
func FixedStartMethod() StartMethod { return StartMethod(native.Bpi_current_start_method(1)) }

// SetStartMethod fixes the default start method, once; with force again. StartDefault is the system's, and
// with force "not fixed". Errors: ErrState ("context has already been set"), ErrInvalid (StartFork, and
// methods that do not exist).
func SetStartMethod(method StartMethod, force bool) error {
	if hasNul(string(method)) {
		return invalid("method: %q has a NUL byte", method)
	}
	var cerr uintptr
	return takeError(native.Bpi_set_start_method(string(method), asInt(force), &cerr), cerr)
}

// SetExecutable names the program that children are started with from now on, theirs too, with the
// arguments that bring it to its Init; no words: this program. One without '/' is looked for in PATH.
// Errors: ErrInvalid.
func SetExecutable(command ...string) error {
	if hasNul(command...) {
		return invalid("command: has a NUL byte")
	}
	words := textList(command)
	defer native.Bpi_names_free(words)
	var cerr uintptr
	return takeError(native.Bpi_set_executable_command(words, &cerr), cerr)
}

// textList makes a list that Bpi_names_free ends.
func textList(texts []string) uintptr {
	list := native.Bpi_names_new()
	for _, text := range texts {
		native.Bpi_names_add(list, text)
	}
	return list
}
