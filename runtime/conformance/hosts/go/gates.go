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
			say(ctx, line{Text: "cancelled", Code: reason.Code})
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

// line is one of the contract.
type line struct {
	// Host is `connected`, `said` or `failed`.
	Host string `json:"host"`

	Text       string `json:"text,omitempty"`
	Node       string `json:"node,omitempty"`
	Identifier string `json:"identifier,omitempty"`
	RunID      string `json:"run_id,omitempty"`
	StateID    string `json:"state_id,omitempty"`
	Attempt    int    `json:"attempt,omitempty"`
	// Code is that of a cancellation.
	Code string `json:"code,omitempty"`
	// From is the index at which an open fan-out goes on.
	From *int `json:"from,omitempty"`

	Reason  fanout.Reason `json:"reason,omitempty"`
	Message string        `json:"message,omitempty"`
}

// tell writes a line at once: a process that is about to end has written it.
func tell(of line) {
	text, err := json.Marshal(of)
	if err != nil {
		panic(err)
	}
	if _, err := os.Stdout.Write(append(text, '\n')); err != nil {
		panic(err) // the runner is gone
	}
}

// say writes what a node says, with where it says so.
func say(ctx fanout.Context, said line) {
	said.Host, said.Node, said.Identifier = "said", ctx.NodeName(), ctx.Identifier()
	said.RunID, said.StateID, said.Attempt = ctx.RunID(), ctx.StateID(), ctx.Attempt()
	tell(said)
}
