package graph

import (
	"time"

	"github.com/fanout/fanout/runtime/go/nodes"
)

// Rate is how many states of a place are handed out in a span of time, over all runs of the graph.
type Rate struct {
	// Limit is the most that are handed out within Per, from 1 to 10,000.
	Limit int
	// Per is the span, from 100 ms to a day: no span of that length has more, wherever it begins.
	Per time.Duration
	// Key is the value by which states are counted apart, each with the whole rate: a reference, or a text with some. Nil: all
	// are counted together.
	Key any
}

type rateTemplate struct {
	Limit int   `json:"limit"`
	PerMs int64 `json:"per_ms"`
	Key   any   `json:"key,omitempty"`
}

func (b *Builder) rate(nodeName string, rate *Rate) *rateTemplate {
	if rate == nil {
		return nil
	}
	if err := nodes.CheckRate("rate", rate.Limit, rate.Per); err != nil {
		b.fail("%s: %v", nodeName, err)
	}
	return &rateTemplate{rate.Limit, millis(rate.Per), written(rate.Key)}
}
