package main

import (
	"bytes"
	"fmt"
	"strings"

	"billiard"
)

func init() {
	scenarios["apply_value"] = applyValue
	scenarios["apply_nonce"] = applyNonce
	scenarios["no_arguments"] = noArguments
	scenarios["empty_raw_payload"] = emptyRawPayload
	scenarios["raw_bytes"] = rawBytes
	scenarios["large_payload"] = largePayload
	scenarios["value_nil"] = valueNil
	scenarios["value_kinds"] = valueKinds
	scenarios["many_jobs"] = manyJobs
}

// inPool plays a scenario that needs nothing but a pool of two workers.
func inPool(on *stage, body func(pool *billiard.Pool) (string, error)) (string, error) {
	pool, err := on.pool(2)
	if err != nil {
		return "", err
	}
	defer pool.Close()
	return body(pool)
}

func applyValue(on *stage) (string, error) {
	return inPool(on, func(pool *billiard.Pool) (string, error) {
		sum, err := billiard.Apply[int](forever, pool, "add", 40, 2)
		return fmt.Sprint("ok ", sum), err
	})
}

func applyNonce(on *stage) (string, error) {
	return inPool(on, func(pool *billiard.Pool) (string, error) {
		back, err := billiard.Apply[string](forever, pool, "echo", on.nonce)
		return "ok " + back, err
	})
}

func noArguments(on *stage) (string, error) {
	return inPool(on, func(pool *billiard.Pool) (string, error) {
		count, err := billiard.Apply[int](forever, pool, "count_arguments")
		return fmt.Sprint("ok ", count), err
	})
}

// reverseRaw sends raw bytes and returns the raw answer.
func reverseRaw(pool *billiard.Pool, payload []byte) ([]byte, error) {
	result, err := pool.SubmitRaw(forever, "reverse", payload)
	if err != nil {
		return nil, err
	}
	back, format, err := result.Bytes(forever)
	if err == nil && format != billiard.FormatRaw {
		err = fmt.Errorf("the answer came as %v", format)
	}
	return back, err
}

func emptyRawPayload(on *stage) (string, error) {
	return inPool(on, func(pool *billiard.Pool) (string, error) {
		back, err := reverseRaw(pool, nil)
		return fmt.Sprint("ok ", len(back)), err
	})
}

func rawBytes(on *stage) (string, error) {
	return compareReversed(on, 512, func(i int) byte { return byte(i) })
}

func largePayload(on *stage) (string, error) {
	return compareReversed(on, 1<<20, func(i int) byte { return byte(i*31 + 7) })
}

func compareReversed(on *stage, size int, at func(i int) byte) (string, error) {
	payload, want := make([]byte, size), make([]byte, size)
	for i := range payload {
		payload[i] = at(i)
		want[size-1-i] = at(i)
	}
	return inPool(on, func(pool *billiard.Pool) (string, error) {
		back, err := reverseRaw(pool, payload)
		verdict := "different"
		if bytes.Equal(back, want) {
			verdict = "equal"
		}
		return fmt.Sprintf("ok %d %s", len(back), verdict), err
	})
}

func valueNil(on *stage) (string, error) {
	return inPool(on, func(pool *billiard.Pool) (string, error) {
		back, err := billiard.Apply[any](forever, pool, "echo", nil)
		return "ok " + notation(back), err
	})
}

func valueKinds(on *stage) (string, error) {
	return inPool(on, func(pool *billiard.Pool) (string, error) {
		var texts []string
		for _, value := range peerValues() {
			back, err := billiard.Apply[any](forever, pool, "echo", value)
			if err != nil {
				return "", err
			}
			texts = append(texts, notation(back))
		}
		return "ok " + strings.Join(texts, " "), nil
	})
}

func manyJobs(on *stage) (string, error) {
	return inPool(on, func(pool *billiard.Pool) (string, error) {
		results, err := submitEchos(pool, 1000)
		if err != nil {
			return "", err
		}
		right, sum := 0, 0
		for i, result := range results {
			value, err := billiard.Get[int](forever, result)
			if err != nil {
				return "", err
			}
			if value == i {
				right++
			}
			sum += value
		}
		return fmt.Sprintf("ok %d %d", right, sum), nil
	})
}

// submitEchos submits echo(0), echo(1) and so on.
func submitEchos(pool *billiard.Pool, count int) ([]*billiard.Result, error) {
	var results []*billiard.Result
	for i := 0; i < count; i++ {
		result, err := pool.Submit(forever, "echo", i)
		if err != nil {
			return nil, err
		}
		results = append(results, result)
	}
	return results, nil
}
