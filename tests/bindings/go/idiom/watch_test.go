package idiom

import (
	"errors"
	"os"
	"strconv"
	"syscall"
	"testing"

	"billiard"
)

// haveABusyPool is a helper with two pools. The first, of two workers in two groups, has done a job, runs another
// and has one queued.
func haveABusyPool(queue string) error {
	os.Unsetenv("IDIOM_HELPER") // its workers are none
	groups := []billiard.Group{{Name: "odd", Workers: 1}, {Name: "even", Workers: 1}}
	busy, err := billiard.NewPool(background, billiard.PoolOptions{Groups: groups})
	if err != nil {
		return err
	}
	if err := busy.WaitReady(background); err != nil {
		return err
	}
	idle, err := billiard.NewPool(background, billiard.PoolOptions{Workers: 1})
	if err != nil {
		return err
	}
	if err := idle.WaitReady(background); err != nil {
		return err
	}
	done, err := busy.SubmitJob(background, billiard.Job{Task: "echo", Args: []any{1}, Group: "even"})
	if err == nil {
		err = done.Value(background, nil)
	}
	if err != nil {
		return err
	}
	held, err := busy.SubmitJob(background, billiard.Job{Task: "take", Args: []any{queue}, Group: "even"})
	if err != nil {
		return err
	}
	eventually(held.Accepted)
	_, err = busy.SubmitJob(background, billiard.Job{Task: "echo", Args: []any{2}, Group: "even"})
	return err
}

func watch(t testing.TB, pid, index int) *billiard.PoolWatch {
	t.Helper()
	made, err := billiard.WatchPool(pid, index)
	must(t, err)
	t.Cleanup(func() { made.Close() })
	return made
}

func TestAStoppedProgramIsWatched(t *testing.T) {
	_, queue := openQueue(t, billiard.QueueOptions{})
	host := startHelper(t, "have a busy pool", queue)
	pid := host.command.Process.Pid
	must(t, syscall.Kill(pid, syscall.SIGSTOP)) // nobody there to answer
	defer host.kill()

	busy := watch(t, pid, 0)
	stats, err := busy.Stats()
	must(t, err)
	if stats.Submitted != 3 || stats.Succeeded != 1 || stats.Running != 1 || stats.Queued != 1 {
		t.Errorf("%+v", stats)
	}
	workers, err := busy.Workers()
	must(t, err)
	if len(workers) != 2 || workers[0].State != billiard.WorkerIdle || workers[1].State != billiard.WorkerBusy {
		t.Fatalf("%+v", workers)
	}
	if workers[1].MemoryKiB <= 0 || workers[1].Busy <= 0 || syscall.Kill(workers[1].PID, 0) != nil {
		t.Errorf("%+v", workers[1])
	}
	for index, name := range []string{"odd", "even"} {
		if got, err := busy.GroupName(workers[index].Group); got != name || err != nil {
			t.Errorf("group %d: %q, %v", index, got, err)
		}
	}
	for _, index := range []int{-1, 2, 1 << 40} {
		if _, err := busy.GroupName(index); !errors.Is(err, billiard.ErrInvalid) {
			t.Errorf("group %d: %v", index, err)
		}
	}
	if stats, err := watch(t, pid, 1).Stats(); stats.Ready != 1 || err != nil {
		t.Errorf("the other pool: %+v, %v", stats, err)
	}
	if _, err := billiard.WatchPool(pid, 2); !errors.Is(err, billiard.ErrNotFound) {
		t.Errorf("a third pool: %v", err)
	}
}

func TestAWatchTellsOfTheProgramsEnd(t *testing.T) {
	_, queue := openQueue(t, billiard.QueueOptions{})
	host := startHelper(t, "have a busy pool", queue)
	seen := watch(t, host.command.Process.Pid, 0)
	host.kill()
	if _, err := seen.Stats(); !errors.Is(err, billiard.ErrClosed) {
		t.Errorf("stats: %v", err)
	}
	must(t, seen.Close())
	must(t, seen.Close())
	if _, err := seen.Workers(); !errors.Is(err, billiard.ErrState) {
		t.Errorf("after Close: %v", err)
	}
}

func TestWhatCanNotBeWatched(t *testing.T) {
	if strconv.IntSize == 64 {
		if _, err := billiard.WatchPool(1<<40, 0); !errors.Is(err, billiard.ErrInvalid) {
			t.Errorf("no pid: %v", err)
		}
	}
	if _, err := billiard.WatchPool(0, 0); !errors.Is(err, billiard.ErrInvalid) {
		t.Errorf("pid 0: %v", err)
	}
	if _, err := billiard.WatchPool(os.Getpid(), -1); !errors.Is(err, billiard.ErrInvalid) {
		t.Errorf("index -1: %v", err)
	}
	if _, err := billiard.WatchPool(syscall.Getppid(), 0); err == nil {
		t.Error("a program without a pool")
	}
}
