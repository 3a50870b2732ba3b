// The program sha256_tree computes the SHA-256 of every regular file under a directory on a pool of
// worker processes. docs/main-job.md says what it prints.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"billiard"
)

func main() {
	billiard.Register("digest", digest)
	billiard.Init()

	options, err := parseOptions(os.Args[1:])
	if err == nil {
		err = checkFolder(options.folder)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "go", err)
		os.Exit(2)
	}
	wellDone, err := hashTree(context.Background(), options)
	if err != nil {
		fmt.Fprintln(os.Stderr, "go", err)
	}
	if err != nil || !wellDone {
		os.Exit(1)
	}
}

type options struct {
	workers int // 0: the CPUs available
	killOne bool
	folder  string
}

func parseOptions(args []string) (options, error) {
	parsed := options{folder: "/usr/include"}
	var folders []string
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		switch {
		case arg == "--":
			folders = append(folders, args...)
			args = nil
		case arg == "--kill-one":
			parsed.killOne = true
		case arg == "--workers" && len(args) > 0:
			args[0] = "--workers=" + args[0]
		case strings.HasPrefix(arg, "--workers="):
			number, err := strconv.Atoi(strings.TrimPrefix(arg, "--workers="))
			if err != nil || number < 1 {
				return parsed, fmt.Errorf("bad number of workers: %s", arg)
			}
			parsed.workers = number
		case strings.HasPrefix(arg, "-") && arg != "-":
			return parsed, fmt.Errorf("bad option: %s", arg)
		default:
			folders = append(folders, arg)
		}
	}
	if len(folders) > 1 {
		return parsed, fmt.Errorf("more than one folder: %s", quote(folders[1]))
	}
	if len(folders) == 1 {
		parsed.folder = folders[0]
	}
	return parsed, nil
}

func checkFolder(folder string) error {
	found, err := os.Stat(folder)
	if err != nil {
		return fmt.Errorf("folder %s: %s", quote(folder), reason(err))
	}
	if !found.IsDir() {
		return fmt.Errorf("folder %s: not a directory", quote(folder))
	}
	return nil
}

// hashTree does the job and reports. False means that something was unreadable, or nothing to kill.
func hashTree(ctx context.Context, options options) (wellDone bool, err error) {
	folder, err := filepath.Abs(options.folder)
	if err != nil {
		return false, err
	}
	pool, err := billiard.NewPool(ctx, billiard.PoolOptions{Workers: options.workers})
	if err != nil {
		return false, err
	}
	defer pool.Close()
	if err := pool.WaitReady(ctx); err != nil {
		return false, err
	}
	if err := printWorkers(pool); err != nil {
		return false, err
	}
	run := newRun(ctx, pool, folder, options.killOne)
	run.files, run.unreadable = listFiles(folder)
	if err := run.hashAll(); err != nil {
		return false, err
	}
	run.printSummary()
	return run.unreadable == 0 && !run.nothingToKill, pool.Shutdown(ctx)
}

func printWorkers(pool *billiard.Pool) error {
	workers, err := pool.Workers()
	if err != nil {
		return err
	}
	var pids []string
	for _, worker := range workers {
		pids = append(pids, strconv.Itoa(worker.PID))
	}
	fmt.Printf("go workers=%d pids=%s\n", len(workers), strings.Join(pids, ","))
	return nil
}
