package graph

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// RetryStrategy says how the delays of retries grow, and whether they are jittered.
type RetryStrategy string

const (
	Exponential            RetryStrategy = "EXPONENTIAL"
	ExponentialFullJitter  RetryStrategy = "EXPONENTIAL_FULL_JITTER"
	ExponentialEqualJitter RetryStrategy = "EXPONENTIAL_EQUAL_JITTER"
	Linear                 RetryStrategy = "LINEAR"
	LinearFullJitter       RetryStrategy = "LINEAR_FULL_JITTER"
	LinearEqualJitter      RetryStrategy = "LINEAR_EQUAL_JITTER"
	Fixed                  RetryStrategy = "FIXED"
	FixedFullJitter        RetryStrategy = "FIXED_FULL_JITTER"
	FixedEqualJitter       RetryStrategy = "FIXED_EQUAL_JITTER"
)

// Retry is a rule for trying failed work again. What is absent is that of the graph, or else the default.
type Retry struct {
	// MaxRetries is 3 if absent; new(0): never.
	MaxRetries *int
	// Strategy is Exponential if absent.
	Strategy RetryStrategy
	// Backoff is the first delay; 2 s if absent.
	Backoff time.Duration
	// Exponent is the base of the exponential strategies, 2 if absent.
	Exponent float64
	// MaxDelay bounds the delays; no bound if absent.
	MaxDelay time.Duration
}

type retryTemplate struct {
	MaxRetries    *int          `json:"max_retries,omitempty"`
	Strategy      RetryStrategy `json:"strategy,omitempty"`
	BackoffFactor int64         `json:"backoff_factor,omitempty"`
	Exponent      float64       `json:"exponent,omitempty"`
	MaxDelay      int64         `json:"max_delay,omitempty"`
}

func (r *Retry) template() *retryTemplate {
	if r == nil {
		return nil
	}
	return &retryTemplate{r.MaxRetries, r.Strategy, millis(r.Backoff), r.Exponent, millis(r.MaxDelay)}
}

// Limits are those of a run; the state manager's configuration counts for what is absent.
type Limits struct {
	// States, siblings and attempts included.
	States int
	// Width is the number of outputs of one execution.
	Width int
	// Depth is the number of nodes on the longest way from the start to a state.
	Depth int
	// PayloadBytes are JSON that the trigger and the nodes put in, together.
	PayloadBytes int64
	// Run is the time from the trigger, or the start time it asks for, to the end.
	Run time.Duration
	// Retention is the time from the end until everything of the run is removed.
	Retention time.Duration
}

type limitsTemplate struct {
	States       int   `json:"states,omitempty"`
	Width        int   `json:"width,omitempty"`
	Depth        int   `json:"depth,omitempty"`
	PayloadBytes int64 `json:"payload_bytes,omitempty"`
	RunMs        int64 `json:"run_ms,omitempty"`
	RetentionMs  int64 `json:"retention_ms,omitempty"`
}

func (l *Limits) template() *limitsTemplate {
	if l == nil {
		return nil
	}
	return &limitsTemplate{l.States, l.Width, l.Depth, l.PayloadBytes, millis(l.Run), millis(l.Retention)}
}

// Strategy says which branches a unite waits for.
type Strategy string

const (
	// AllSuccess waits until all have finished, and no more failed than are tolerated.
	AllSuccess Strategy = "ALL_SUCCESS"
	// AllDone waits until all have finished, whatever became of them.
	AllDone Strategy = "ALL_DONE"
	// Quorum waits until enough have succeeded; the others are cancelled.
	Quorum Strategy = "QUORUM"
)

// Share is a number of branches, or a percentage of them; pruned branches are left out of it. Branches and Percent make one.
type Share string

var sharePattern = regexp.MustCompile(`^\d+(\.\d+%|%)?$`)

// Branches is a number of branches.
func Branches(number int) Share { return Share(strconv.Itoa(number)) }

// Percent is a percentage of the branches.
func Percent(percentage float64) Share {
	return Share(strconv.FormatFloat(percentage, 'f', -1, 64) + "%")
}

// MarshalJSON writes a number, or a percentage as text.
func (s Share) MarshalJSON() ([]byte, error) {
	if number, err := strconv.Atoi(string(s)); err == nil {
		return json.Marshal(number)
	}
	return json.Marshal(string(s))
}

// Window makes a unite fire again and again: for every so many branches that have newly succeeded, or in intervals.
type Window struct {
	Count    int
	Interval time.Duration
}

// Policy says when a unite fires. The zero Policy waits until all branches have succeeded.
type Policy struct {
	// Strategy is AllSuccess if absent.
	Strategy Strategy
	// MinSuccess, of a Quorum: so many have to succeed.
	MinSuccess Share
	// ToleratedFailures, of AllSuccess: so many may fail; none if absent.
	ToleratedFailures Share
	// Timeout lets the strategy decide so long after the united node has returned; 0: it waits without a limit.
	Timeout time.Duration
	// FailFast gives up as soon as the strategy cannot be met any more, and cancels the rest.
	FailFast bool
	// Window, with AllDone, fires whenever it is full, then once more when all branches have finished.
	Window *Window
}

type unitesTemplate struct {
	Identifier        string          `json:"identifier"`
	Strategy          Strategy        `json:"strategy,omitempty"`
	MinSuccess        Share           `json:"min_success,omitempty"`
	ToleratedFailures Share           `json:"tolerated_failures,omitempty"`
	TimeoutMs         int64           `json:"timeout_ms,omitempty"`
	FailFast          bool            `json:"fail_fast,omitempty"`
	Window            *windowTemplate `json:"window,omitempty"`
}

type windowTemplate struct {
	Count      int   `json:"count,omitempty"`
	IntervalMs int64 `json:"interval_ms,omitempty"`
}

// check refuses what does not go together.
func (p Policy) check() error {
	kind := p.Strategy
	if kind == "" {
		kind = AllSuccess
	}
	switch {
	case kind != AllSuccess && kind != AllDone && kind != Quorum:
		return fmt.Errorf("strategy %q: must be AllSuccess, AllDone or Quorum", kind)
	case (p.MinSuccess != "") != (kind == Quorum):
		return errors.New("MinSuccess goes with the strategy Quorum, which needs it")
	case p.ToleratedFailures != "" && kind != AllSuccess:
		return errors.New("ToleratedFailures goes with the strategy AllSuccess only")
	case p.FailFast && kind == AllDone:
		return errors.New("FailFast does not go with AllDone, which no failure can keep from firing")
	case p.Window != nil && (kind != AllDone || p.Timeout != 0):
		return errors.New("Window goes with the strategy AllDone, and without Timeout")
	case p.Window != nil && *p.Window == Window{}:
		return errors.New("Window: give a count, an interval or both")
	case p.Timeout < 0:
		return fmt.Errorf("the timeout %v must not be negative", p.Timeout)
	}
	for _, share := range []Share{p.MinSuccess, p.ToleratedFailures} {
		if share != "" && !sharePattern.MatchString(string(share)) {
			return fmt.Errorf("share %q: give Branches(3), or Percent(60)", string(share))
		}
	}
	return nil
}

func (p Policy) template(identifier string) *unitesTemplate {
	made := &unitesTemplate{
		Identifier: identifier, Strategy: p.Strategy, MinSuccess: p.MinSuccess, ToleratedFailures: p.ToleratedFailures,
		TimeoutMs: millis(p.Timeout), FailFast: p.FailFast,
	}
	if p.Window != nil {
		made.Window = &windowTemplate{p.Window.Count, millis(p.Window.Interval)}
	}
	return made
}

// millis are whole milliseconds, rounded up: as templates have them.
func millis(duration time.Duration) int64 {
	return int64((duration + time.Millisecond - 1) / time.Millisecond)
}
