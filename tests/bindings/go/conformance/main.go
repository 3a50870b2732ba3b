// The program conformance plays the scenarios of bindings/conformance through the Go binding. The
// README of that folder has the contract.
package main

import (
	"fmt"
	"os"
	"sort"
	"strings"

	"billiard"
)

func main() {
	registerTasks()
	registerEntries()
	billiard.Init()
	if err := play(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(2)
	}
}

func play(args []string) error {
	switch {
	case len(args) == 1 && args[0] == "--list":
		for _, name := range scenarioNames() {
			fmt.Println(name)
		}
		return nil
	case len(args) == 4 && args[1] == "--peer":
		return playPeer(args[0], args[2], args[3])
	case len(args) >= 4 && args[1] == "--assist":
		if err := assist(args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, "assistant:", err)
			os.Exit(1)
		}
		return nil
	case len(args) < 2:
		return fmt.Errorf("usage: --list | NONCE SCENARIO... | NONCE --peer put|get QUEUE | " +
			"NONCE --assist ROLE NAME [ARGUMENT...]")
	}
	for _, name := range args[1:] {
		scenario := scenarios[name]
		if scenario == nil {
			return fmt.Errorf("no scenario %q", name)
		}
		outcome, err := scenario(&stage{name: name, nonce: args[0]})
		report(name, args[0], outcome, err)
	}
	return nil
}

func report(name, nonce, outcome string, err error) {
	if err != nil {
		outcome = "unexpected " + strings.ReplaceAll(err.Error(), "\n", " ")
	}
	fmt.Printf("%s\t%s\t%s\n", name, nonce, outcome)
}

// A scenario returns its outcome, or an error that it did not expect.
type scenario func(on *stage) (string, error)

// scenarios has them by name; the files with scenarios fill it.
var scenarios = map[string]scenario{}

func scenarioNames() []string {
	var names []string
	for name := range scenarios {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}
