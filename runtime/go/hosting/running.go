package hosting

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/fanout/fanout/runtime/go/fanoutv1"
	"github.com/fanout/fanout/runtime/go/nodes"
	"github.com/fanout/fanout/runtime/go/wire"
)

// running is one assignment that is being executed, and the host of its node.
type running struct {
	assignment *fanoutv1.Assignment
	lease      lease
	owner      *executions
	definition *nodes.Definition
	// ctx ends when the work is not wanted any more.
	ctx    context.Context
	cancel context.CancelCauseFunc
	// place is held while the function has not returned; nil: it has not begun, or has returned.
	place *place
	// emits has the outputs of an open fan-out; nil: it is none.
	emits *emitStream
	// timer ends it, or its waiting for a place.
	timer *time.Timer
}

func newRunning(assignment *fanoutv1.Assignment, owner *executions) *running {
	ctx, cancel := context.WithCancelCause(context.Background())
	return &running{
		assignment: assignment,
		lease:      lease{assignment.StateId, assignment.LeaseToken},
		owner:      owner,
		definition: owner.nodes[assignment.NodeName],
		ctx:        ctx,
		cancel:     cancel,
	}
}

// execute calls the function of the node.
func (r *running) execute() (nodes.Execution, []*fanoutv1.StoreChange) {
	surroundings := nodes.Surroundings{
		Facts: nodes.Facts{
			NodeName:       r.assignment.NodeName,
			RunID:          r.assignment.RunId,
			StateID:        r.assignment.StateId,
			GraphName:      r.assignment.GraphName,
			Identifier:     r.assignment.Identifier,
			IdempotencyKey: r.assignment.IdempotencyKey,
			Traceparent:    r.assignment.Traceparent,
			Attempt:        max(1, int(r.assignment.Attempt)),
			AcceptedEmits:  int(r.assignment.AcceptedEmits),
		},
		Host:    r,
		Secrets: r.assignment.Secrets,
		Logger:  r.owner.logger,
		Lines:   r,
	}
	var sink nodes.EmitSink
	if r.emits != nil {
		sink = r.emits
	}
	return nodes.Execute(r.ctx, surroundings, r.definition, r.assignment.InputsJson, r.pages(), sink)
}

// pages are the readers of its united lists.
func (r *running) pages() nodes.Pages {
	pages := nodes.Pages{}
	for _, name := range r.assignment.UnitedInputs {
		pages[name] = func(ctx context.Context, token string) ([]string, string, error) {
			return r.owner.calls.page(ctx, r.lease, name, token)
		}
	}
	return pages
}

// describe has fields of log lines about it.
func (r *running) describe() []any {
	return []any{
		"node_name", r.assignment.NodeName, "run_id", r.assignment.RunId, "state_id", r.assignment.StateId,
		"identifier", r.assignment.Identifier, "attempt", r.assignment.Attempt,
	}
}

// describeGivenUp has the same, and why it was given up.
func (r *running) describeGivenUp() []any {
	code := ""
	var reason *wire.Cancelled
	if errors.As(context.Cause(r.ctx), &reason) {
		code = reason.Code
	}
	return append(r.describe(), "code", code)
}

func (r *running) stopTimer() {
	if r.timer != nil {
		r.timer.Stop()
	}
}

// OpenStore opens the store of the run.
func (r *running) OpenStore() nodes.Store { return &remoteStore{calls: r.owner.calls, lease: r.lease} }

// Heartbeat takes the progress of long work.
func (r *running) Heartbeat(message string) { r.owner.progressed(r, message) }

// Takes is true of lines that are kept with the run.
func (r *running) Takes(level slog.Level) bool { return r.owner.logs.takes(level) }

// Add keeps a line with the run.
func (r *running) Add(level slog.Level, text, fieldsJSON string) {
	r.owner.logged(r, level, text, fieldsJSON)
}

// ContinueFrom begins an open fan-out behind outputs that were accepted before.
func (r *running) ContinueFrom(index int) error {
	if r.emits == nil {
		return fmt.Errorf("continue from %d: that is for an OpenFanOut", index)
	}
	return r.emits.continueFrom(index)
}
