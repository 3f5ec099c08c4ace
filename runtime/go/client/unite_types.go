package client

import "time"

// UniteStatus says how a scope stands: it waits, has fired, cannot be met any more, or was ended before.
type UniteStatus string

const (
	UniteOpen      UniteStatus = "OPEN"
	UniteFired     UniteStatus = "FIRED"
	UniteGaveUp    UniteStatus = "GAVE_UP"
	UniteCancelled UniteStatus = "CANCELLED"
)

// UniteScope is all branches of one execution of the united node, as a uniting node waits for them.
type UniteScope struct {
	UnitingIdentifier string
	// UnitingStateID is the newest, if windows have made several; empty: there is none yet.
	UnitingStateID   string
	UnitedIdentifier string
	// UnitedStateID is the united execution, by the state that took its first output.
	UnitedStateID string
	Status        UniteStatus
	// Generation is 1, and one more each time that a retry by hand opens it again.
	Generation int
	Policy     UnitePolicy
	Counts     UniteCounts
	// IsSealed tells that all branches are known: the united node has returned.
	IsSealed bool
	// DeadlineAt is the instant at which the strategy decides over what has finished then; zero: never.
	DeadlineAt time.Time
	// Next is the next event of the unite, and its time, in one sentence.
	Next string
	// Missing are branches that are unfinished, by index.
	Missing []MissingBranch
	// Reasons are the first for which branches have failed, if it gave up, the most frequent ones first.
	Reasons []FailureReason
}

// UnitePolicy is the condition under which a unite fires.
type UnitePolicy struct {
	// Text is the policy as it stands in the template, in one sentence.
	Text string
	// Strategy is ALL_SUCCESS, ALL_DONE or QUORUM.
	Strategy string
	// MinSuccess of a QUORUM: so many have to succeed. A percentage is that of the branches known so far.
	MinSuccess int64
	// ToleratedFailures of ALL_SUCCESS: so many may fail.
	ToleratedFailures int64
	// Timeout is zero if it waits without a limit.
	Timeout  time.Duration
	FailFast bool
	// WindowCount is zero if it does not fire by number.
	WindowCount int64
	// WindowInterval is zero if it does not fire by time.
	WindowInterval time.Duration
}

// UniteCounts are branches, by how they ended.
type UniteCounts struct {
	Total, Succeeded, Failed, Pruned, Unfinished int64
	// LeftOut are those left out when the unite closed early, before a retry by hand opened it again.
	LeftOut int64
}

// MissingBranch is a branch that a unite waits for.
type MissingBranch struct {
	// Index is that of the output that it grew from.
	Index            int64
	UnfinishedStates int64
	// States are the first few of them.
	States []UnfinishedState
	// Label is that of the output; empty: it has none.
	Label string
}

// UnfinishedState is a state that keeps a branch unfinished.
type UnfinishedState struct {
	ID, Identifier string
	Status         StateStatus
	Attempt        int
	DueAt          time.Time
	// SessionID is that of the runtime that executes it; empty: none does.
	SessionID string
	// Progress is the newest message of its node's Heartbeat.
	Progress string
}

// FailureReason is a reason for which branches of a unite have failed: failures of one place with one code.
type FailureReason struct {
	Identifier, Code string
	// Message is that of the first of them, cut if it is long.
	Message string
	Count   int64
}
