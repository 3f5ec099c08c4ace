package nodes

import (
	"fmt"
	"time"
)

const maxDelay = 365 * 24 * time.Hour

// PruneSignal is what Prune makes.
type PruneSignal struct {
	// Data are kept with the state; nil: none.
	Data any
}

func (s *PruneSignal) Error() string { return "the node ended its branch" }

// Prune is returned by a node as its error: its branch ends here. That is no failure; a unite counts the branch as pruned,
// and its outputs are in no list. data are kept with the state: whatever JSON can say, as large as an output may be, or nil.
func Prune(data any) error { return &PruneSignal{data} }

// RequeueSignal is what RequeueAfter makes.
type RequeueSignal struct {
	Delay time.Duration
}

func (s *RequeueSignal) Error() string {
	return fmt.Sprintf("the node asks to run again in %v", s.Delay)
}

// RequeueAfter is returned by a node as its error: it runs again after a while, a year at most, with its inputs evaluated
// anew. That is no failure: the attempt does not count, and no retry policy applies.
func RequeueAfter(delay time.Duration) error {
	if delay < 0 || delay > maxDelay {
		return fmt.Errorf("requeue after %v: must be from 0 to a year", delay)
	}
	return &RequeueSignal{delay}
}
