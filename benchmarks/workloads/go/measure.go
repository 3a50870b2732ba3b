package main

import (
	"fmt"
	"os"
	"sort"
	"strconv"
	"strings"
	"time"
)

// What benchmarks/harness is to the programs in C++: the command line, taking time, the line of JSON.

var given = map[string]float64{
	"seconds": 0.3, "workers": 2, "bytes": 64, "in_flight": 256, "items": 100000, "producers": 2,
	"consumers": 2, "processes": 2, "rss_mb": 0,
}

func number(name string) int { return int(given[name]) }

// readArguments returns the workload's name.
func readArguments() string {
	for _, text := range os.Args[2:] {
		name, value, _ := strings.Cut(strings.TrimPrefix(text, "--"), "=")
		number, err := strconv.ParseFloat(value, 64)
		if _, known := given[name]; !known || err != nil {
			fmt.Fprintln(os.Stderr, text, "is not known here")
			os.Exit(2)
		}
		given[name] = number
	}
	return os.Args[1]
}

type figures struct {
	ns, p99 float64 // p99 is negative when it is not known
	items   int
}

func percentile(samples []float64, part float64) float64 {
	sort.Float64s(samples)
	return samples[int(part*float64(len(samples)-1)+0.5)]
}

func ofSamples(samples []float64) figures {
	return figures{percentile(samples, 0.5), percentile(samples, 0.99), len(samples)}
}

// throughput calls run(items), as Throughput in measure.h.
func throughput(run func(items int)) figures {
	block := given["seconds"] * 1e9 / 20
	items := 100
	for {
		start := time.Now()
		run(items)
		took := float64(time.Since(start))
		if took >= block/2 {
			break
		}
		factor := block / (took + 1)
		if factor > 10 {
			factor = 10
		}
		items = int(float64(items)*factor) + 1
	}
	var costs []float64
	end := time.Now().Add(time.Duration(given["seconds"] * 1e9))
	for time.Now().Before(end) || len(costs) < 3 {
		start := time.Now()
		run(items)
		costs = append(costs, float64(time.Since(start))/float64(items))
	}
	return figures{percentile(costs, 0.5), -1, items * len(costs)}
}

// latency calls run() for each item, as Latency in measure.h.
func latency(run func()) figures {
	for warm := time.Now().Add(time.Duration(given["seconds"] * 1e8)); time.Now().Before(warm); {
		run()
	}
	var samples []float64
	end := time.Now().Add(time.Duration(given["seconds"] * 1e9))
	for time.Now().Before(end) || len(samples) < 3 {
		start := time.Now()
		run()
		samples = append(samples, float64(time.Since(start)))
	}
	return ofSamples(samples)
}

func report(name, variant string, result figures) {
	p99 := ""
	if result.p99 >= 0 {
		p99 = fmt.Sprintf(", \"p99_ns\": %.6g", result.p99)
	}
	fmt.Printf("{\"name\": %q, \"variant\": %q, \"ns\": %.6g%s, \"items\": %d}\n", name, variant, result.ns, p99, result.items)
}
