package main

import (
	"fmt"
	"strings"

	"billiard"
)

const peerScenario = "queue_between_languages"

func init() {
	// With one process alone: this language with itself.
	scenarios[peerScenario] = func(on *stage) (string, error) {
		failed := make(chan error, 1)
		go func() {
			_, err := putHalf(on.queueName("Q"))
			failed <- err
		}()
		outcome, err := getHalf(on.queueName("Q"))
		if err == nil {
			err = <-failed
		}
		return outcome, err
	}
}

// playPeer plays one half; the other is another process, perhaps in another language.
func playPeer(nonce, side, queue string) error {
	halves := map[string]func(queue string) (string, error){"put": putHalf, "get": getHalf}
	half := halves[side]
	if half == nil {
		return fmt.Errorf("no half %q", side)
	}
	outcome, err := half(queue)
	report(peerScenario, nonce, outcome, err)
	return nil
}

// openBoth opens the queue of the values and the one that says that they were taken.
func openBoth(name string) (values, done *billiard.Queue, err error) {
	if values, err = billiard.OpenQueue(name, billiard.QueueOptions{}); err != nil {
		return nil, nil, err
	}
	if done, err = billiard.OpenQueue(name+"-done", billiard.QueueOptions{}); err != nil {
		values.Close()
		return nil, nil, err
	}
	return values, done, nil
}

func putHalf(name string) (string, error) {
	values, done, err := openBoth(name)
	if err != nil {
		return "", err
	}
	defer values.Close()
	defer done.Close()
	if err := putAll(values, peerValues()...); err != nil {
		return "", err
	}
	if err := values.PutBytes(forever, []byte{0, 1, 2, 3}); err != nil {
		return "", err
	}
	var count int
	err = done.Get(forever, &count)
	return fmt.Sprint("ok put ", count), err
}

func getHalf(name string) (string, error) {
	values, done, err := openBoth(name)
	if err != nil {
		return "", err
	}
	defer values.Close()
	defer done.Close()
	count := len(peerValues()) + 1
	var texts []string
	for i := 0; i < count; i++ {
		message, err := values.GetMessage(forever)
		if err != nil {
			return "", err
		}
		text, err := messageNotation(message)
		if err != nil {
			return "", err
		}
		texts = append(texts, text)
	}
	return "ok " + strings.Join(texts, " "), done.Put(forever, count)
}

func messageNotation(message billiard.Message) (string, error) {
	if message.Format == billiard.FormatRaw {
		return fmt.Sprintf("raw:%x", message.Data), nil
	}
	var value any
	err := message.Decode(&value)
	return notation(value), err
}
