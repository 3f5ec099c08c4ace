package client

import (
	"time"

	"github.com/fanout/fanout/runtime/go/wire"
)

// SlotOutcome is STARTED (it got a run), SKIPPED (the overlap policy left it out), MISSED (the catch-up policy left it out) or
// REFUSED (no run could be started: the log of the state manager says why).
type SlotOutcome string

const (
	SlotStarted SlotOutcome = "STARTED"
	SlotSkipped SlotOutcome = "SKIPPED"
	SlotMissed  SlotOutcome = "MISSED"
	SlotRefused SlotOutcome = "REFUSED"
)

// Schedule is a cron trigger of a graph's newest version, as it stands.
type Schedule struct {
	Namespace string
	GraphName string
	// GraphVersion is the newest version of the graph.
	GraphVersion int64
	// ID is the trigger's name, or is made of its expression and time zone.
	ID string
	// IsNamed is true if the id is the trigger's name.
	IsNamed bool
	// Position is the place in the triggers of the graph, from 0.
	Position int
	// Cron is the expression, of five or six fields.
	Cron     string
	TimeZone string
	// Overlap is ALLOW, SKIP or CANCEL_RUNNING.
	Overlap string
	// CatchUp is NONE, LAST or ALL.
	CatchUp string
	// Jitter is the longest time between a slot and the start of its run; 0: none.
	Jitter time.Duration
	// PausedAt is zero if it is not paused.
	PausedAt time.Time
	// LastSlot is the newest slot that was dealt with; nil: none was yet.
	LastSlot *LastSlot
	// NextSlots come next, whether or not it is paused.
	NextSlots []NextSlot
	// Backfill is the one that is under way; nil: there is none.
	Backfill *Backfill
}

// LastSlot is a slot that has come.
type LastSlot struct {
	// SlotAt is the instant that the expression names.
	SlotAt  time.Time
	Outcome SlotOutcome
	// RunID is the run that it got; empty: none.
	RunID string
	// IsCaughtUp is true if it was dealt with more than a minute late.
	IsCaughtUp bool
}

// NextSlot is a slot that is to come.
type NextSlot struct {
	// SlotAt is the instant that the expression names, which runs get as `scheduled_time`.
	SlotAt time.Time
	// StartAt is the instant at which its run starts: later by its jitter.
	StartAt time.Time
}

// Backfill is a back-fill under way.
type Backfill struct {
	// FromAt is the start of its span, included.
	FromAt time.Time
	// ToAt is the end of its span, not included.
	ToAt time.Time
	// Slots is their number in the span.
	Slots int
	// DoneSlots is the number of those that are dealt with.
	DoneSlots int
}

// ScheduleFilter chooses schedules; what is absent does not.
type ScheduleFilter struct {
	// GraphName is one graph.
	GraphName string
	// NextSlots is the number of next slots that each tells, 10 at most; 0: 1.
	NextSlots int
}

// PreviewOptions say which slots are asked for.
type PreviewOptions struct {
	// TimeZone is an IANA name; empty: UTC.
	TimeZone string
	// FromAt is the instant behind which they lie; zero: now.
	FromAt time.Time
	// Count is their number, 10 at most; 0: 5.
	Count int
}

// SchedulePreview has slots of an expression, or what is wrong with it.
type SchedulePreview struct {
	// Violations are faults of the expression, `cron`, and of the time zone, `time_zone`; empty: none.
	Violations []wire.Violation
	Slots      []time.Time
	// Cron is the expression as a graph would store it.
	Cron string
}
