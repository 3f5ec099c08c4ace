package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"time"

	fanout "github.com/fanout/fanout/runtime/go"
)

// lookEvery is the time between two looks for a gate: a file tells nobody that it is there.
const lookEvery = 10 * time.Millisecond

// gates is the folder of files that the runner creates when nodes may go on.
var gates string

func isOpen(gate string) bool {
	_, err := os.Stat(filepath.Join(gates, gate))
	return err == nil
}

// waitFor waits for a gate; a node that is cancelled meanwhile says so.
func waitFor(ctx fanout.Context, gate string) error {
	for !isOpen(gate) {
		select {
		case <-ctx.Done():
			var reason *fanout.Cancelled
			errors.As(context.Cause(ctx), &reason)
			say(ctx, "cancelled", map[string]any{"code": reason.Code})
			return reason
		case <-time.After(lookEvery):
		}
	}
	return nil
}

// waitAnyway waits for a gate, whether the work is wanted or not.
func waitAnyway(gate string) {
	for !isOpen(gate) {
		time.Sleep(lookEvery)
	}
}

// tell writes a line at once: a process that is about to end has written it.
func tell(line map[string]any) {
	text, err := json.Marshal(line)
	if err != nil {
		panic(err)
	}
	if _, err := os.Stdout.Write(append(text, '\n')); err != nil {
		panic(err) // the runner is gone
	}
}

// say writes what a node says, with where it says so.
func say(ctx fanout.Context, text string, more map[string]any) {
	line := map[string]any{
		"host": "said", "text": text, "node": ctx.NodeName(), "identifier": ctx.Identifier(),
		"run_id": ctx.RunID(), "state_id": ctx.StateID(), "attempt": ctx.Attempt(),
	}
	for name, value := range more {
		line[name] = value
	}
	tell(line)
}
