package nodes

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/fanout/fanout/runtime/go/fanoutv1"
)

// Context is the surroundings of one execution: what a node may know and do while it runs. It ends when the work is not wanted
// any more; `context.Cause` gives a *Cancelled that says why.
type Context interface {
	context.Context

	// Attempt is 1, 2, 3 … of the same work.
	Attempt() int
	// RunID is the run that this execution is part of.
	RunID() string
	// StateID is the state that is executed: another one for each retry.
	StateID() string
	// GraphName is the name of the graph that runs.
	GraphName() string
	// NodeName is the node that is executed.
	NodeName() string
	// Identifier is the place in the graph.
	Identifier() string
	// IdempotencyKey is the same for all attempts of the same work: hand it to services that take one.
	IdempotencyKey() string
	// Traceparent is the W3C trace context of the trigger, or empty: the parent of a span for this execution.
	Traceparent() string

	// AcceptedEmits is how many outputs of an open fan-out, from its first, were accepted from earlier attempts; 0 for any
	// other node. They are skipped when the node comes to them again; one that can do without begins later, and says so with
	// ContinueFrom.
	AcceptedEmits() int
	// ContinueFrom gives the first output of an open fan-out this index; to be called before that output.
	ContinueFrom(index int) error

	// Log has lines that say which run, state and attempt they come from, and show no secret.
	Log() *slog.Logger
	// Heartbeat says how far long work has come: shown with the state while it is executed.
	Heartbeat(message string)
	// Secret is the value of a secret that the node declares. It is hidden in what the node logs, its errors and heartbeats. One
	// that it does not declare is a mistake in the code, and panics.
	Secret(name string) string
	// Store is the run's key-value data, read and changed at once.
	Store() Store
	// Report has changes to the store that travel with the result, and count once, when the result does.
	Report() *ReportedChanges
}

// Facts are those of the state that is executed.
type Facts struct {
	NodeName, RunID, StateID, GraphName, Identifier, IdempotencyKey, Traceparent string
	Attempt, AcceptedEmits                                                       int
}

// Host is where a node is executed: a runtime, or a test.
type Host interface {
	// OpenStore opens the store of the run.
	OpenStore() Store
	// Heartbeat takes the progress of long work.
	Heartbeat(message string)
	// ContinueFrom begins an open fan-out behind outputs that were accepted before.
	ContinueFrom(index int) error
}

// Surroundings are what one execution needs.
type Surroundings struct {
	Facts   Facts
	Host    Host
	Secrets map[string]string
	Logger  *slog.Logger
	// Lines takes the lines of the node beside Logger; nil: nobody does.
	Lines LineReader
}

// surroundings is the Context that nodes get.
type surroundings struct {
	context.Context
	Surroundings
	hider  hider
	log    *slog.Logger
	store  Store
	report ReportedChanges
}

func newSurroundings(ctx context.Context, of Surroundings) *surroundings {
	made := &surroundings{Context: ctx, Surroundings: of, hider: newHider(of.Secrets), store: of.Host.OpenStore()}
	handler := of.Logger.Handler()
	if len(of.Secrets) > 0 {
		handler = hidingHandler{handler, made.hider}
	}
	facts := of.Facts
	origin := slog.New(handler).With("run_id", facts.RunID, "state_id", facts.StateID, "identifier", facts.Identifier, "attempt", facts.Attempt)
	made.log = slog.New(lineHandler{log: origin.Handler(), reader: of.Lines, hider: made.hider})
	return made
}

func (s *surroundings) Attempt() int             { return s.Facts.Attempt }
func (s *surroundings) RunID() string            { return s.Facts.RunID }
func (s *surroundings) StateID() string          { return s.Facts.StateID }
func (s *surroundings) GraphName() string        { return s.Facts.GraphName }
func (s *surroundings) NodeName() string         { return s.Facts.NodeName }
func (s *surroundings) Identifier() string       { return s.Facts.Identifier }
func (s *surroundings) IdempotencyKey() string   { return s.Facts.IdempotencyKey }
func (s *surroundings) Traceparent() string      { return s.Facts.Traceparent }
func (s *surroundings) AcceptedEmits() int       { return s.Facts.AcceptedEmits }
func (s *surroundings) Log() *slog.Logger        { return s.log }
func (s *surroundings) Store() Store             { return s.store }
func (s *surroundings) Report() *ReportedChanges { return &s.report }

func (s *surroundings) ContinueFrom(index int) error { return s.Host.ContinueFrom(index) }

func (s *surroundings) Heartbeat(message string) { s.Host.Heartbeat(s.hider.hide(message)) }

func (s *surroundings) Secret(name string) string {
	value, isThere := s.Secrets[name]
	if !isThere {
		panic(fmt.Sprintf("node %s does not declare the secret %q: give it the option Secrets(%[2]q)", s.NodeName(), name))
	}
	return value
}

// takeChanges takes the changes for the report; nothing is collected after this.
func (s *surroundings) takeChanges() []*fanoutv1.StoreChange { return s.report.take() }
