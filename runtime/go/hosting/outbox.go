package hosting

import (
	"fmt"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/fanout/fanout/runtime/go/fanoutv1"
	"github.com/fanout/fanout/runtime/go/nodes"
)

const (
	// maxInlineOutputs is the number of outputs that a report brings; more go ahead of it.
	maxInlineOutputs = 1_000
	// maxEmitsOut is the number of emits of one state that may be unanswered.
	maxEmitsOut = 8
	// maxChanges is the number of changes to the store in one report.
	maxChanges = 256
)

// emitsLost means that storage has gone back behind what it had accepted: another attempt goes on from there.
var emitsLost = nodes.Errored{Code: "EMITS_LOST", Message: "storage has lost outputs that it had accepted"}

// indexRange has indexes from first up to, not including, end.
type indexRange struct{ first, end int }

// staged are outputs that go ahead as emits, by ranges of their indexes.
type staged struct {
	outputs []*fanoutv1.Output
	toSend  []indexRange
	// out are ranges that were sent and not answered, by their first index.
	out map[int]indexRange
}

// entry is a report that is not answered.
type entry struct {
	lease  lease
	report *fanoutv1.Report
	// size are the bytes of the report in a frame.
	size int
	// staged is nil if the report brings all outputs.
	staged *staged
	// emits are outputs that became branches while the node ran: the report follows when all of them are accepted.
	emits    *emitStream
	isQueued bool
}

// outbox has everything that was reported and is not answered yet: whatever happens to the stream, none is lost. Its methods are
// called with the lock of executions held.
type outbox struct {
	entries map[lease]*entry
	// queue has the entries that have something to send.
	queue  []*entry
	limits limits
}

func newOutbox() *outbox {
	return &outbox{entries: map[lease]*entry{}, limits: usualLimits}
}

// connected sends everything that is unanswered, again or for the first time.
func (o *outbox) connected(limits limits) {
	o.limits = limits
	for _, each := range o.entries {
		if each.emits != nil {
			each.emits.connected(limits)
		}
		if each.staged != nil {
			for _, sent := range each.staged.out {
				each.staged.toSend = append(each.staged.toSend, sent)
			}
			clear(each.staged.out)
		}
		o.enqueue(each)
	}
}

// add reports an execution; changes to the store travel with a result, and not with an error.
func (o *outbox) add(of lease, execution nodes.Execution, changes []*fanoutv1.StoreChange, emits *emitStream) {
	made := o.entryOf(of, execution)
	if len(changes) > 0 && made.report.GetErrored() == nil {
		made = o.carrying(made, changes)
	}
	made.size = proto.Size(made.report) + 8
	made.emits = emits
	o.entries[of] = made
	o.enqueue(made)
}

// drop waits for a report no more: its lease is gone.
func (o *outbox) drop(of lease) { delete(o.entries, of) }

// acked takes the answer to a report, or to emits that went ahead of one.
func (o *outbox) acked(ack *fanoutv1.Ack) {
	of := lease{ack.StateId, ack.LeaseToken}
	found, isHeld := o.entries[of]
	if !isHeld {
		return
	}
	isMissing := ack.Status == fanoutv1.AckStatus_ACK_STATUS_MISSING_EMITS
	switch {
	case ack.IsEmit && found.emits != nil:
		switch found.emits.acked(ack) {
		case goesOn:
			o.enqueue(found)
		case isRefused:
			o.drop(of)
		case isLost:
			o.add(of, emitsLost, nil, nil)
		}
	case isMissing && found.emits != nil:
		o.add(of, emitsLost, nil, nil)
	case ack.IsEmit && ack.Status == fanoutv1.AckStatus_ACK_STATUS_ACCEPTED:
		if found.staged != nil {
			delete(found.staged.out, int(ack.FirstIndex))
		}
		o.enqueue(found)
	case isMissing && found.staged != nil:
		found.staged.toSend = nil
		for _, gap := range ack.Missing {
			found.staged.toSend = append(found.staged.toSend, o.rangesOf(found.staged.outputs, int(gap.First), int(gap.End))...)
		}
		o.enqueue(found)
	default:
		// Final, for the report or for emits whose state has ended.
		o.drop(of)
	}
}

// take puts what is ready into a batch.
func (o *outbox) take(into *batch) {
	queue := o.queue
	o.queue = nil
	for _, each := range queue {
		each.isQueued = false
		if o.entries[each.lease] != each {
			continue
		}
		if each.staged != nil && !each.staged.take(each.lease, into) {
			continue
		}
		if each.emits != nil && !each.emits.isAnswered() {
			continue
		}
		into.report(each.report, each.size)
	}
}

// take puts the next emits into a batch, and tells whether all are answered.
func (s *staged) take(of lease, into *batch) bool {
	for len(s.toSend) > 0 && len(s.out) < maxEmitsOut {
		part := s.toSend[0]
		s.toSend = s.toSend[1:]
		s.out[part.first] = part
		into.emit(emitOf(of, part.first, s.outputs[part.first:part.end]))
	}
	return len(s.toSend) == 0 && len(s.out) == 0
}

func (o *outbox) enqueue(each *entry) {
	if !each.isQueued {
		each.isQueued = true
		o.queue = append(o.queue, each)
	}
}

func (o *outbox) entryOf(of lease, execution nodes.Execution) *entry {
	report := &fanoutv1.Report{StateId: of.stateID, LeaseToken: of.token}
	made := &entry{lease: of, report: report}
	switch execution := execution.(type) {
	case nodes.Executed:
		return o.executed(made, execution.Outputs)
	case nodes.Sealed:
		report.Outcome = &fanoutv1.Report_Executed{Executed: &fanoutv1.Executed{EmitCount: int64(execution.EmitCount)}}
	case nodes.Errored:
		report.Outcome = &fanoutv1.Report_Errored{Errored: &fanoutv1.Errored{
			Code: execution.Code, Message: execution.Message, NotRetryable: execution.IsNotRetryable, Stack: execution.Stack,
		}}
	case nodes.Pruned:
		if len(execution.DataJSON) > o.limits.maxOutputBytes {
			return o.entryOf(of, o.tooLarge("the data of a prune", execution.DataJSON))
		}
		report.Outcome = &fanoutv1.Report_Pruned{Pruned: &fanoutv1.Pruned{DataJson: execution.DataJSON}}
	case nodes.Requeued:
		report.Outcome = &fanoutv1.Report_Requeued{Requeued: &fanoutv1.Requeued{Delay: durationpb.New(execution.Delay)}}
	}
	return made
}

func (o *outbox) executed(made *entry, outputs []*fanoutv1.Output) *entry {
	bytes := 0
	for _, output := range outputs {
		if len(output.OutputJson) > o.limits.maxOutputBytes {
			return o.entryOf(made.lease, o.tooLarge("an output", output.OutputJson))
		}
		bytes += proto.Size(output) + 8
	}
	executed := &fanoutv1.Executed{Outputs: outputs}
	if len(outputs) > maxInlineOutputs || bytes > o.limits.maxFrameBytes/2 {
		executed = &fanoutv1.Executed{EmitCount: int64(len(outputs))}
		made.staged = &staged{outputs: outputs, toSend: o.rangesOf(outputs, 0, len(outputs)), out: map[int]indexRange{}}
	}
	made.report.Outcome = &fanoutv1.Report_Executed{Executed: executed}
	return made
}

func (o *outbox) carrying(made *entry, changes []*fanoutv1.StoreChange) *entry {
	bytes, most := 0, o.limits.maxOutputBytes
	for _, change := range changes {
		bytes += proto.Size(change)
	}
	if len(changes) > maxChanges || bytes > most {
		message := fmt.Sprintf("%d changes to the store with %d bytes are more than the %d with %d bytes that a result may bring: change less, or earlier", len(changes), bytes, maxChanges, most)
		return o.entryOf(made.lease, nodes.Errored{Code: "STORE_INVALID", Message: message, IsNotRetryable: true})
	}
	made.report.StoreChanges = changes
	return made
}

func (o *outbox) tooLarge(what, text string) nodes.Errored {
	message := fmt.Sprintf("%s of %d bytes is more than the %d that one may have: split it", what, len(text), o.limits.maxOutputBytes)
	return nodes.Errored{Code: "OUTPUT_TOO_LARGE", Message: message, IsNotRetryable: true}
}

// rangesOf cuts outputs into emits that fit a frame.
func (o *outbox) rangesOf(outputs []*fanoutv1.Output, first, end int) []indexRange {
	var ranges []indexRange
	for first < end {
		count := countThatFits(outputs[first:min(end, first+maxInlineOutputs)], o.limits)
		ranges = append(ranges, indexRange{first, first + count})
		first += count
	}
	return ranges
}
