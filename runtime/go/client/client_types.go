package client

import (
	"encoding/json"
	"time"

	"github.com/fanout/fanout/runtime/go/nodes"
	"github.com/fanout/fanout/runtime/go/wire"
)

// RunStatus is RUNNING or PAUSED of a run that goes on; SUCCESS, FAILED or CANCELLED of one that has ended.
type RunStatus string

const (
	RunRunning   RunStatus = "RUNNING"
	RunSuccess   RunStatus = "SUCCESS"
	RunFailed    RunStatus = "FAILED"
	RunCancelled RunStatus = "CANCELLED"
	RunPaused    RunStatus = "PAUSED"
)

// StateStatus is CREATED (it waits), QUEUED (a runtime executes it), EXECUTED (its outputs are durable), SUCCESS (what follows
// it exists), RETRY_CREATED (it failed, and another attempt has taken its place), or how it ended: ERRORED, PRUNED, CANCELLED.
type StateStatus string

const (
	StateCreated      StateStatus = "CREATED"
	StateQueued       StateStatus = "QUEUED"
	StateExecuted     StateStatus = "EXECUTED"
	StateSuccess      StateStatus = "SUCCESS"
	StateErrored      StateStatus = "ERRORED"
	StateRetryCreated StateStatus = "RETRY_CREATED"
	StatePruned       StateStatus = "PRUNED"
	StateCancelled    StateStatus = "CANCELLED"
)

// Role says what a token allows: connecting as a runtime; graphs, runs and nodes; all that and tokens.
type Role string

const (
	RoleRuntime Role = "runtime"
	RoleClient  Role = "client"
	RoleAdmin   Role = "admin"
)

// Run is a run as it stands.
type Run struct {
	// ID is what Get, Watch, Result and the other methods take.
	ID        string
	Namespace string
	GraphName string
	// GraphVersion is the version of the graph that the run began with.
	GraphVersion int64
	Status       RunStatus
	// CreatedAt is the instant of its trigger.
	CreatedAt time.Time
	// StartAt is the instant from which its first state may be handed out; zero: at once.
	StartAt time.Time
	// EndedAt is zero while the run goes on.
	EndedAt time.Time
	// Counts has one entry for each place in the graph, in the graph's order; none in lists of runs.
	Counts []NodeCounts
	// StateCount is the number of states over all places, siblings included.
	StateCount int64
	// Priority lets higher runs go first, -100 to 100.
	Priority int
	// Labels are those of the graph, overlaid by those of the trigger.
	Labels map[string]string
	// TriggerKind says what has started it: API, CALL, CRON or RUN_END.
	TriggerKind TriggerKind
}

// NodeCounts are numbers of states of one place in the graph, by status. Each state is in one of them.
type NodeCounts struct {
	Identifier, NodeName string

	Created, Queued, Executed, Success, Errored, RetryCreated, Pruned, Cancelled int64
	// Superseded are those that a retry by hand has superseded, whatever their status.
	Superseded int64
	// Executions are those that have ended, however: each attempt is one, and those of superseded states are among them.
	Executions int64
	// Outputs are those that these have returned or emitted.
	Outputs int64
	// Retries are the states that have replaced one that had failed or was cancelled, by themselves or by hand.
	Retries int64
	// WaitingTimes tells how long the states of the executions had waited until they were leased; nil: nothing was executed.
	WaitingTimes *TimeHistogram
	// RunningTimes tells how long the executions took; nil: nothing was executed.
	RunningTimes *TimeHistogram
}

// TimeHistogram has times of a number of executions, in buckets of which each goes to four times as much as the one before.
type TimeHistogram struct {
	// Counts has numbers by bucket: the first has what took less than the first bound, the last what took the last bound or
	// longer.
	Counts []int64
	// Bounds are those between the buckets: one less than there are buckets.
	Bounds []time.Duration
	// P50 is the time that half of them took at most, interpolated within its bucket.
	P50 time.Duration
	// P95 is the time that 95 % of them took at most, likewise.
	P95 time.Duration
}

// TriggeredRun is a run that was started.
type TriggeredRun struct {
	ID string
	// IsCreated is false if the key already had this run.
	IsCreated bool
}

// RunResult is one output at one of the ends of a run.
type RunResult struct {
	// Identifier is the end that it is: a place in the graph.
	Identifier string
	// StateID is the state that it is the output of.
	StateID string
	// Path is the place of the state in the run; results are ordered by it.
	Path string
	// Output is JSON of what the node returned.
	Output json.RawMessage
}

// Decode reads the output, without losing digits: numbers in an `any` are json.Number.
func (r RunResult) Decode(into any) error { return nodes.Decode(string(r.Output), into) }

// State is one execution of one place in a graph.
type State struct {
	ID, RunID string
	// Identifier is the place in the graph that it executes.
	Identifier string
	NodeName   string
	Status     StateStatus
	// Attempt is 1, 2, 3 … of the same work.
	Attempt int
	// IsSuperseded tells that a retry by hand has opened a unite again that it grew from: it counts nowhere any more.
	IsSuperseded bool
	// Path is its position in the run: output index and place, step by step.
	Path string
	// Parents are state ids of its ancestors, by identifier.
	Parents map[string]string
	// Output is JSON; nil as long as there is none. Of a PRUNED state: the data of its prune.
	Output json.RawMessage
	// Failure is nil if it has not failed.
	Failure *StateFailure
	// UpdatedAt is the instant at which it came to its status.
	UpdatedAt time.Time
	// CreatedAt is the instant from which it waits, or waited: its creation, or when it was given back last.
	CreatedAt time.Time
	// StartedAt is the instant at which it was leased; zero: it waits, or has ended without that.
	StartedAt time.Time
	// EndedAt is the instant at which its execution ended, or it ended without one; zero: it has not.
	EndedAt time.Time
	// DueAt is the earliest instant at which it is handed out, if that lies ahead; else zero.
	DueAt time.Time
	// Progress is the newest message of its node's Heartbeat; empty: none, or it is not executed now.
	Progress string
	// SessionID is that of the runtime that executes it, or has executed it last; empty: none has.
	SessionID string
	// RuntimeName is the name of that runtime, as long as it is connected.
	RuntimeName string
	// NextAttemptID is the id of the attempt that has replaced it; empty: none has.
	NextAttemptID string
	// Label is that of its own output, or else of the nearest output above it that has one; empty: none has.
	Label string
}

// StateFailure is the failure of a state.
type StateFailure struct {
	// Code is that of a NotRetryable, NODE_ERROR, or the state manager's own, such as TIMEOUT.
	Code string
	// Message has the error that was returned, its causes and the place of a panic, or is the state manager's own.
	Message string
	// Stack has the places in the code that the error came from, as its language writes them; empty if none were reported.
	Stack string
}

// StoredGraph is the outcome of the upload of a graph.
type StoredGraph struct {
	// Version is 1, 2, 3 …
	Version int64
	// IsCreated is false if the newest version was the same already.
	IsCreated bool
	// Warnings are faults that do not keep it from being stored, such as nodes that no runtime has offered yet.
	Warnings []wire.Violation
}

// GraphVersion is a stored version of a graph template.
type GraphVersion struct {
	Name, Namespace string
	Version         int64
	Template        json.RawMessage
	CreatedAt       time.Time
}

// GraphCheck is the outcome of a check of a graph, which is not stored.
type GraphCheck struct {
	// Violations are all that keeps it from being stored.
	Violations []wire.Violation
	// Warnings are among others limits that a run like this would exceed.
	Warnings []wire.Violation
	// Estimate is nil if there are violations.
	Estimate *RunEstimate
}

// RunEstimate is the cost of a run if nothing fails and every output goes to all next nodes.
type RunEstimate struct {
	States, Scopes int64
	// PayloadBytes are JSON that the trigger and the nodes put in.
	PayloadBytes int64
	// StorageBytes are those that Redis needs for all of it, payload included.
	StorageBytes int64
	Places       []PlaceEstimate
}

// PlaceEstimate is the cost of a run at one place in its graph.
type PlaceEstimate struct {
	Identifier string
	// Executions is the number of times that it is handed out.
	Executions int64
	// States are executions, and siblings of those with several outputs.
	States int64
	// Scopes is the number of times that it is united, summed over the places that unite it.
	Scopes int64
}

// ConnectedRuntime is a runtime that is connected now.
type ConnectedRuntime struct {
	SessionID, Name string
	// Language is that of its SDK, such as `go`.
	Language  string
	NodeNames []string
	Capacity  RuntimeCapacity
	// InFlight is the number of executions that it holds.
	InFlight    int
	ConnectedAt time.Time
	// IsDraining tells that it takes nothing new, and finishes what it has.
	IsDraining bool
}

// RuntimeCapacity is the number of executions that a runtime takes at once, without places that are held by what lingers.
type RuntimeCapacity struct {
	Total   int
	PerNode map[string]int
	// Lingering are executions that were cancelled or have timed out, and whose functions have not returned.
	Lingering int
}

// RegisteredNode is a node that a runtime has offered.
type RegisteredNode struct {
	Name, Description string
	// InputSchema is JSON Schema; nil: anything goes.
	InputSchema json.RawMessage
	// OutputSchema is JSON Schema of one output; nil: anything goes.
	OutputSchema            json.RawMessage
	IteratorInputs, Secrets []string
	// RegisteredAt is the instant at which it was first offered as it is now.
	RegisteredAt time.Time
}

// Token is a token without its text.
type Token struct {
	ID, Namespace string
	Role          Role
	CreatedAt     time.Time
	// ExpiresAt is zero if it lasts until it is revoked.
	ExpiresAt time.Time
}

// NewToken is a token that was just made, with its text, which cannot be read again.
type NewToken struct {
	Token
	// Bearer is its text: clients and runtimes are given it as Token.
	Bearer string
}
