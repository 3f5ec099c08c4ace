package hosting

import (
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/fanout/fanout/runtime/go/fanoutv1"
	"github.com/fanout/fanout/runtime/go/nodes"
	"github.com/fanout/fanout/runtime/go/wire"
)

const (
	// maxProgress are the characters of a progress message that are sent.
	maxProgress = 256
	// maxWait is the time after which an assignment that has found no place is requeued.
	maxWait = time.Second
)

// executions has everything that a runtime holds: assignments that are executed, and reports that are not answered yet.
//
//	take → a goroutine for each, as far as there are places → returned → outbox → takeFrames, by the stream → acked
type executions struct {
	nodes  map[string]*nodes.Definition
	calls  *runtimeCalls
	logger *slog.Logger
	logs   *logSender

	mu        sync.Mutex
	places    *places
	outbox    *outbox
	executing map[lease]*running
	// waiting have found no place, because something that was given up has not returned.
	waiting []*running
	// emitting have outputs to send.
	emitting map[*emitStream]struct{}
	// progress is the newest of each state, until the next heartbeat.
	progress map[lease]string
	// stream is the one that is open; nil: none is.
	stream *connection
	// limits are those of the newest stream, also when it is gone: what runs on must keep to them.
	limits          limits
	isCapacityStale bool
	takesNothing    bool
	// settled is closed, and made anew, when something has ended or was answered.
	settled chan struct{}
}

func newExecutions(hosted []*nodes.Definition, concurrency int, calls *runtimeCalls, logger *slog.Logger, logs *logSender) *executions {
	byName := map[string]*nodes.Definition{}
	for _, node := range hosted {
		byName[node.Name] = node
	}
	return &executions{
		nodes: byName, calls: calls, logger: logger, logs: logs,
		places: newPlaces(hosted, concurrency, logger), outbox: newOutbox(), limits: usualLimits,
		executing: map[lease]*running{}, emitting: map[*emitStream]struct{}{}, progress: map[lease]string{},
		settled: make(chan struct{}),
	}
}

// connected sends what is unanswered on a stream.
func (e *executions) connected(stream *connection, limits limits) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.stream, e.limits = stream, limits
	e.outbox.connected(limits)
	for _, each := range e.executing {
		if each.emits != nil {
			each.emits.connected(limits)
		}
	}
	e.send()
}

// disconnected lets what is reported wait for the next stream.
func (e *executions) disconnected() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.stream = nil
}

// takeFrames takes what is ready for a stream; nothing if that is not the newest one.
func (e *executions) takeFrames(stream *connection) []*fanoutv1.ConnectRequest {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.stream != stream {
		return nil
	}
	ready := &batch{limits: e.limits}
	// Ahead of the reports on what was given up: so nothing is assigned to places that are not free.
	if e.isCapacityStale {
		e.isCapacityStale = false
		ready.capacity(e.capacity())
	}
	// Ahead of the reports: a line counts only while its state is held.
	ready.logLines(e.logs.take())
	for each := range e.emitting {
		each.take(ready)
	}
	clear(e.emitting)
	e.outbox.take(ready)
	ready.close()
	return ready.frames
}

// take executes assignments.
func (e *executions) take(assignments []*fanoutv1.Assignment) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, assignment := range assignments {
		each := newRunning(assignment, e)
		e.executing[each.lease] = each
		if each.definition == nil {
			message := "this runtime does not host node " + assignment.NodeName
			e.finish(each, nodes.Errored{Code: "NODE_UNKNOWN", Message: message, IsNotRetryable: true}, nil)
		} else if !e.start(each) {
			e.wait(each)
		}
	}
}

// start begins an execution. False: all places are in use.
func (e *executions) start(each *running) bool {
	each.place = e.places.take(each)
	if each.place == nil {
		return false
	}
	if timeout := each.definition.Timeout; timeout > 0 {
		each.timer = time.AfterFunc(timeout, func() { e.timeOut(each) })
	}
	if each.definition.OpenFanOut {
		each.emits = newEmitStream(&e.mu, each.lease, int(each.assignment.AcceptedEmits), e.limits, func(changed *emitStream) {
			e.emitting[changed] = struct{}{}
			e.send()
		})
	}
	go func() {
		var execution nodes.Execution = nodes.Left
		var changes []*fanoutv1.StoreChange
		defer func() { e.returned(each, execution, changes) }()
		execution, changes = each.execute()
	}()
	return true
}

// wait waits for a place. If there is none soon, the assignment is requeued, which counts no attempt: others may have one.
func (e *executions) wait(each *running) {
	e.waiting = append(e.waiting, each)
	each.timer = time.AfterFunc(maxWait, func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		if slices.Contains(e.waiting, each) {
			e.finish(each, nodes.Requeued{}, nil)
		}
	})
}

// returned reports what a function has come to; there is room for another one.
func (e *executions) returned(each *running, execution nodes.Execution, changes []*fanoutv1.StoreChange) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.places.free(each.place) {
		e.tellCapacity()
	}
	each.place = nil
	e.finish(each, execution, changes)
	for _, next := range slices.Clone(e.waiting) {
		if timer := next.timer; e.start(next) {
			timer.Stop()
			e.forgetWaiting(next)
		}
	}
}

func (e *executions) timeOut(each *running) {
	e.mu.Lock()
	defer e.mu.Unlock()
	message := each.assignment.NodeName + " took longer than its timeout of " + each.definition.Timeout.String()
	each.cancel(&wire.Cancelled{Code: "TIMEOUT", Message: message})
	e.finish(each, nodes.Errored{Code: "TIMEOUT", Message: message}, nil)
}

// finish reports an execution, unless it was given up.
func (e *executions) finish(each *running, execution nodes.Execution, changes []*fanoutv1.StoreChange) {
	each.stopTimer()
	if e.executing[each.lease] != each {
		return
	}
	e.forget(each)
	if failed, isFailed := execution.(nodes.Errored); isFailed {
		e.logger.Warn("node_failed", append(each.describe(), "code", failed.Code, "error", failed.Message)...)
	}
	e.outbox.add(each.lease, execution, changes, each.emits)
	// Nobody waits for what its context is used for.
	if each.place == nil {
		each.cancel(nil)
	}
	e.send()
}

// logRefusal logs that a report counts for nothing, or for an error: it came too late, or this runtime has made a mistake.
func (e *executions) logRefusal(ack *fanoutv1.Ack) {
	e.logger.Warn("report_refused", "state_id", ack.StateId, "code", nameOf(ack.Status), "error", ack.GetReason().GetMessage())
}

// acked takes the answers of a state manager to reports, or to emits.
func (e *executions) acked(acks []*fanoutv1.Ack) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, ack := range acks {
		if ack.Status == fanoutv1.AckStatus_ACK_STATUS_STALE_LEASE || ack.Status == fanoutv1.AckStatus_ACK_STATUS_INVALID {
			e.logRefusal(ack)
		}
		each := e.executing[lease{ack.StateId, ack.LeaseToken}]
		if !ack.IsEmit || each == nil || each.emits == nil {
			e.outbox.acked(ack)
			continue
		}
		switch each.emits.acked(ack) {
		case isRefused:
			e.giveUp(each, wire.CancelledBecause(nameOf(ack.Status)))
		case isLost:
			e.giveUp(each, wire.CancelledBecause(emitsLost.Code))
			e.outbox.add(each.lease, emitsLost, nil, nil)
		}
	}
	e.send()
	e.wakeSettled()
}

// cancel takes work back: its end is not waited for, but it keeps its place until then.
func (e *executions) cancel(of lease, reason *wire.Cancelled) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if each := e.executing[of]; each != nil {
		e.giveUp(each, reason)
	}
	e.wakeSettled()
}

// abandon gives up what is held under these leases: no report on it is taken any more.
func (e *executions) abandon(leases []lease, reason *wire.Cancelled) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, of := range leases {
		if each := e.executing[of]; each != nil {
			e.giveUp(each, reason)
		}
		e.outbox.drop(of)
	}
	e.wakeSettled()
}

func (e *executions) giveUp(each *running, reason *wire.Cancelled) {
	each.stopTimer()
	each.cancel(reason)
	e.forget(each)
}

func (e *executions) forget(each *running) {
	delete(e.executing, each.lease)
	delete(e.progress, each.lease)
	e.forgetWaiting(each)
	if each.place != nil {
		e.places.linger(each.place)
		e.tellCapacity()
	}
	e.wakeSettled()
}

func (e *executions) forgetWaiting(each *running) {
	if at := slices.Index(e.waiting, each); at >= 0 {
		e.waiting = slices.Delete(e.waiting, at, at+1)
	}
}

// leases are those of everything that is held.
func (e *executions) leases() []lease {
	e.mu.Lock()
	defer e.mu.Unlock()
	held := make([]lease, 0, len(e.executing)+len(e.outbox.entries))
	for of := range e.executing {
		held = append(held, of)
	}
	for of := range e.outbox.entries {
		held = append(held, of)
	}
	return held
}

// runningNow is the number of executions that run.
func (e *executions) runningNow() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.executing)
}

// isIdle tells that nothing runs, and that every report is answered.
func (e *executions) isIdle() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.executing) == 0 && len(e.outbox.entries) == 0
}

// idle waits until nothing runs and everything is answered, or the time is up.
func (e *executions) idle(longest time.Duration) {
	timeUp := time.After(longest)
	for {
		e.mu.Lock()
		isIdle, settled := len(e.executing) == 0 && len(e.outbox.entries) == 0, e.settled
		e.mu.Unlock()
		if isIdle {
			return
		}
		select {
		case <-settled:
		case <-timeUp:
			return
		}
	}
}

// progressed takes the progress of an execution. A hot loop may tell each round; people see the newest.
func (e *executions) progressed(each *running, message string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.executing[each.lease] == each {
		runes := []rune(message)
		e.progress[each.lease] = string(runes[:min(maxProgress, len(runes))])
	}
}

// logged takes a line of an execution, if it is under way.
func (e *executions) logged(each *running, level slog.Level, text, fieldsJSON string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.executing[each.lease] == each && e.logs.add(each.lease, level, text, fieldsJSON) {
		e.send()
	}
}

// takeProgress takes the progress of long work since the last call.
func (e *executions) takeProgress() []*fanoutv1.Progress {
	e.mu.Lock()
	defer e.mu.Unlock()
	var told []*fanoutv1.Progress
	for of, message := range e.progress {
		told = append(told, &fanoutv1.Progress{StateId: of.stateID, LeaseToken: of.token, Message: message})
	}
	clear(e.progress)
	return told
}

// takeNothing tells state managers that there is no room for anything new.
func (e *executions) takeNothing() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.takesNothing = true
	e.tellCapacity()
}

// currentCapacity is what a hello tells.
func (e *executions) currentCapacity() *fanoutv1.Capacity {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.capacity()
}

func (e *executions) capacity() *fanoutv1.Capacity {
	capacity := e.places.capacity()
	if e.takesNothing {
		capacity.Total = 0
	}
	return capacity
}

func (e *executions) tellCapacity() {
	e.isCapacityStale = true
	e.send()
}

// send wakes the stream: it takes what is ready.
func (e *executions) send() {
	if e.stream != nil {
		e.stream.wakeUp()
	}
}

func (e *executions) wakeSettled() {
	close(e.settled)
	e.settled = make(chan struct{})
}
