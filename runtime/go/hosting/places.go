package hosting

import (
	"log/slog"
	"time"

	"github.com/fanout/fanout/runtime/go/fanoutv1"
	"github.com/fanout/fanout/runtime/go/nodes"
)

// toldAfter is the time after which an execution that was given up and does not return is told of.
const toldAfter = time.Second

// place is that of one execution, from its start until its function has returned.
type place struct {
	running *running
	// lingersSince is zero while the execution is wanted.
	lingersSince time.Time
	timer        *time.Timer
}

// places are the executions that a runtime has room for at once. One that was given up keeps its place until its function has
// returned, and the capacity that state managers are told is smaller by it. Its methods are called with the lock of executions held.
type places struct {
	total          int
	perNode        map[string]int
	taken          map[string]int
	lingering      map[string]int
	takenTotal     int
	lingeringTotal int
	logger         *slog.Logger
}

func newPlaces(hosted []*nodes.Definition, total int, logger *slog.Logger) *places {
	made := &places{total: total, perNode: map[string]int{}, taken: map[string]int{}, lingering: map[string]int{}, logger: logger}
	for _, node := range hosted {
		if node.Concurrency > 0 {
			made.perNode[node.Name] = node.Concurrency
		}
	}
	return made
}

// capacity is what is left beside what lingers.
func (p *places) capacity() *fanoutv1.Capacity {
	capacity := &fanoutv1.Capacity{
		Total:     int32(max(0, p.total-p.lingeringTotal)),
		PerNode:   map[string]int32{},
		Lingering: int32(p.lingeringTotal),
	}
	for name, limit := range p.perNode {
		capacity.PerNode[name] = int32(max(0, limit-p.lingering[name]))
	}
	return capacity
}

// take takes a place for an execution of a node; nil: all are in use.
func (p *places) take(of *running) *place {
	name := of.assignment.NodeName
	limit, isLimited := p.perNode[name]
	if p.takenTotal >= p.total || isLimited && p.taken[name] >= limit {
		return nil
	}
	p.taken[name]++
	p.takenTotal++
	return &place{running: of}
}

// linger notes that an execution was given up, and that its function goes on.
func (p *places) linger(of *place) {
	of.lingersSince = time.Now()
	p.lingering[of.running.assignment.NodeName]++
	p.lingeringTotal++
	of.timer = time.AfterFunc(toldAfter, func() { p.logger.Warn("node_lingers", of.running.describeGivenUp()...) })
}

// free gives a place back: the function has returned. It tells whether the capacity has changed by that.
func (p *places) free(of *place) bool {
	name := of.running.assignment.NodeName
	p.taken[name]--
	p.takenTotal--
	if of.lingersSince.IsZero() {
		return false
	}
	p.lingering[name]--
	p.lingeringTotal--
	if !of.timer.Stop() {
		p.logger.Info("node_returned", append(of.running.describeGivenUp(), "lingered_s", time.Since(of.lingersSince).Seconds())...)
	}
	return true
}
