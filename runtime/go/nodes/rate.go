package nodes

import (
	"fmt"
	"time"
)

const (
	maxRateLimit = 10_000
	minRateSpan  = 100 * time.Millisecond
	maxRateSpan  = 24 * time.Hour
)

// Rate is how many states are handed out in a span of time, over all runs of the namespace, whichever runtimes take part.
type Rate struct {
	// Limit is the most that are handed out within Per, from 1 to 10,000.
	Limit int
	// Per is the span, from 100 ms to a day: no span of that length has more, wherever it begins.
	Per time.Duration
	// Key is a dotted path in the inputs, such as customer.id: states are counted apart by its value, each with the whole
	// rate. Empty: all are counted together.
	Key string
}

// HandedOutAt limits the rate at which states of the node are handed out, whichever graphs place it.
func HandedOutAt(rate Rate) Option {
	return func(definition *Definition) error {
		definition.Rate = &rate
		return CheckRate("rate", rate.Limit, rate.Per)
	}
}

// CheckRate refuses a rate that cannot be kept.
func CheckRate(what string, limit int, per time.Duration) error {
	if limit < 1 || limit > maxRateLimit {
		return fmt.Errorf("%s: limit %d: must be from 1 to 10,000", what, limit)
	}
	if per < minRateSpan || per > maxRateSpan || per%time.Millisecond != 0 {
		return fmt.Errorf("%s: per %v: must be from 100ms to 24h, in whole milliseconds", what, per)
	}
	return nil
}
