// The program go_pipes is a pool of processes as a Go program would write one by hand: itself, started anew,
// over buffered pipes. No crash safety, and no values: bytes there and back.
//
//	go_pipes pool|apply|pool_start [--workers=2] [--bytes=64] [--in_flight=256] [--seconds=0.3]
package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sort"
	"strconv"
	"strings"
	"time"
)

var given = map[string]float64{"seconds": 0.3, "workers": 2, "bytes": 64, "in_flight": 256, "items": 0}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func write(out *bufio.Writer, data []byte) {
	var size [4]byte
	binary.LittleEndian.PutUint32(size[:], uint32(len(data)))
	_, err := out.Write(size[:])
	must(err)
	_, err = out.Write(data)
	must(err)
}

func read(in *bufio.Reader, data []byte) ([]byte, error) {
	var size [4]byte
	if _, err := io.ReadFull(in, size[:]); err != nil {
		return nil, err
	}
	data = data[:binary.LittleEndian.Uint32(size[:])]
	_, err := io.ReadFull(in, data)
	return data, err
}

// serve answers each job with its bytes, and writes when it has nothing more to read.
func serve() {
	in, out := bufio.NewReader(os.Stdin), bufio.NewWriter(os.Stdout)
	buffer := make([]byte, 1<<20)
	for {
		data, err := read(in, buffer)
		if err != nil {
			return
		}
		write(out, data)
		if in.Buffered() == 0 {
			must(out.Flush())
		}
	}
}

type worker struct {
	command *exec.Cmd
	pipe    io.Closer
	out     *bufio.Writer
	in      *bufio.Reader
}

func start() *worker {
	command := exec.Command(os.Args[0], "serve")
	in, err := command.StdinPipe()
	must(err)
	out, err := command.StdoutPipe()
	must(err)
	must(command.Start())
	return &worker{command, in, bufio.NewWriter(in), bufio.NewReader(out)}
}

func startAll(count int) (workers []*worker) {
	for i := 0; i < count; i++ {
		workers = append(workers, start())
	}
	return workers
}

func (w *worker) end() {
	must(w.pipe.Close())
	must(w.command.Wait())
}

func (w *worker) apply(data, buffer []byte) {
	write(w.out, data)
	must(w.out.Flush())
	_, err := read(w.in, buffer)
	must(err)
}

// many sends a window of jobs to a worker, then reads as many results, each worker in a goroutine.
func many(workers []*worker, items, window int, data []byte) {
	done := make(chan bool)
	for _, w := range workers {
		go func(w *worker, items int) {
			buffer := make([]byte, 1<<20)
			for items > 0 {
				count := window
				if items < count {
					count = items
				}
				for i := 0; i < count; i++ {
					write(w.out, data)
				}
				must(w.out.Flush())
				for i := 0; i < count; i++ {
					_, err := read(w.in, buffer)
					must(err)
				}
				items -= count
			}
			done <- true
		}(w, items/len(workers)+1)
	}
	for range workers {
		<-done
	}
}

func percentile(samples []float64, part float64) float64 {
	sort.Float64s(samples)
	return samples[int(part*float64(len(samples)-1)+0.5)]
}

func report(name, variant string, samples []float64, items int, tail bool) {
	p99 := ""
	if tail {
		p99 = fmt.Sprintf(", \"p99_ns\": %g", percentile(samples, 0.99))
	}
	fmt.Printf("{\"name\": %q, \"variant\": %q, \"ns\": %g%s, \"items\": %d}\n", name, variant, percentile(samples, 0.5), p99, items)
}

func deadline() time.Time { return time.Now().Add(time.Duration(given["seconds"] * 1e9)) }

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: go_pipes pool|apply|pool_start [--name=number]...")
		os.Exit(2)
	}
	if os.Args[1] == "serve" {
		serve()
		return
	}
	for _, text := range os.Args[2:] {
		name, value, _ := strings.Cut(strings.TrimPrefix(text, "--"), "=")
		number, err := strconv.ParseFloat(value, 64)
		must(err)
		given[name] = number
	}
	data, buffer := make([]byte, int(given["bytes"])), make([]byte, 1<<20)
	var samples []float64
	switch os.Args[1] {
	case "pool":
		workers := startAll(int(given["workers"]))
		window, items := int(given["in_flight"])/len(workers), 20000
		many(workers, items, window, data)
		for end := deadline(); time.Now().Before(end) || len(samples) < 3; {
			begun := time.Now()
			many(workers, items, window, data)
			samples = append(samples, float64(time.Since(begun))/float64(items))
		}
		report("pool", "", samples, items*len(samples), false)
	case "apply":
		w := start()
		w.apply(data, buffer)
		for end := deadline(); time.Now().Before(end) || len(samples) < 10; {
			begun := time.Now()
			w.apply(data, buffer)
			samples = append(samples, float64(time.Since(begun)))
		}
		report("apply", "", samples, len(samples), true)
	case "pool_start":
		var ends []float64
		for end := deadline(); time.Now().Before(end) || len(samples) < 5; {
			begun := time.Now()
			workers := startAll(int(given["workers"]))
			workers[0].apply(data, buffer)
			first := time.Now()
			for _, w := range workers {
				w.end()
			}
			samples = append(samples, float64(first.Sub(begun)))
			ends = append(ends, float64(time.Since(first)))
		}
		report("pool_start", "start", samples, len(samples), true)
		report("pool_start", "end", ends, len(ends), true)
	default:
		os.Exit(2)
	}
}
