package hosting

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"google.golang.org/protobuf/proto"

	"github.com/fanout/fanout/runtime/go/fanoutv1"
	"github.com/fanout/fanout/runtime/go/wire"
)

const (
	// maxUnanswered is the number of outputs that may be unanswered: the node waits until some are.
	maxUnanswered = 1_000
	// maxEmitted is the number of outputs in one emit.
	maxEmitted = 500
)

// emitStream has the outputs of one open fan-out until they are accepted: they are sent in order while the node runs, again
// after a reconnect, and never those that an earlier attempt has brought home. The node calls Next, Skip and Emit; the other
// methods are called with the lock held.
type emitStream struct {
	lock     *sync.Mutex
	lease    lease
	accepted int
	limits   limits
	// changed tells that there is something to send.
	changed func(*emitStream)

	// outputs are unanswered; the first has the index first, and the first `sent` of them are on their way.
	outputs []*fanoutv1.Output
	first   int
	sent    int
	// ends are the indexes behind the last output of each chunk that is on its way.
	ends     []int
	next     int
	hasBegun bool
	// room is closed when some have been answered.
	room chan struct{}
}

func newEmitStream(lock *sync.Mutex, of lease, accepted int, limits limits, changed func(*emitStream)) *emitStream {
	return &emitStream{lock: lock, lease: of, accepted: accepted, limits: limits, changed: changed, first: accepted, room: make(chan struct{})}
}

// Next is the index of the next output.
func (s *emitStream) Next() int {
	s.lock.Lock()
	defer s.lock.Unlock()
	return s.next
}

// Skip passes over the next output if it was accepted from an earlier attempt, and tells whether it was.
func (s *emitStream) Skip() bool {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.hasBegun = true
	if s.next >= s.accepted {
		return false
	}
	s.next++
	return true
}

// Emit sends an output, and waits while too many are unanswered.
func (s *emitStream) Emit(ctx context.Context, output *fanoutv1.Output) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	s.lock.Lock()
	defer s.lock.Unlock()
	if size, most := len(output.OutputJson), s.limits.maxOutputBytes; size > most {
		return wire.NotRetryable("OUTPUT_TOO_LARGE", "output %d of %d bytes is more than the %d that one may have: split it", s.next, size, most)
	}
	s.next++
	s.outputs = append(s.outputs, output)
	s.changed(s)
	for len(s.outputs) >= maxUnanswered {
		room := s.room
		s.lock.Unlock()
		select {
		case <-room:
		case <-ctx.Done():
		}
		s.lock.Lock()
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	return nil
}

func (s *emitStream) continueFrom(index int) error {
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.hasBegun {
		return fmt.Errorf("continue from %d: that comes before the first output, and some have come", index)
	}
	if index < 0 || index > s.accepted {
		return fmt.Errorf("continue from %d: %d outputs were accepted, and the next one has an index of 0 to %[2]d", index, s.accepted)
	}
	s.next = index
	return nil
}

func (s *emitStream) isAnswered() bool { return len(s.outputs) == 0 }

// connected begins anew on a stream: what is unanswered is sent again.
func (s *emitStream) connected(limits limits) {
	s.limits, s.sent, s.ends = limits, 0, nil
	s.changed(s)
}

// answer is what an ack means to an emit stream.
type answer int

const (
	goesOn answer = iota
	// isRefused means that no more outputs are wanted.
	isRefused
	// isLost means that storage has forgotten what it had accepted.
	isLost
)

// acked takes an answer; answers come in the order of the chunks.
func (s *emitStream) acked(ack *fanoutv1.Ack) answer {
	end := s.first
	if len(s.ends) > 0 {
		end, s.ends = s.ends[0], s.ends[1:]
	}
	switch ack.Status {
	case fanoutv1.AckStatus_ACK_STATUS_ACCEPTED:
		s.accept(end)
		return goesOn
	case fanoutv1.AckStatus_ACK_STATUS_MISSING_EMITS:
		missing := 0
		if len(ack.Missing) > 0 {
			missing = int(ack.Missing[0].First)
		}
		if missing < s.first {
			return isLost
		}
		// Sent, and lost on the way: everything from there on is sent again.
		s.sent = missing - s.first
		s.changed(s)
		return goesOn
	default:
		return isRefused
	}
}

func (s *emitStream) accept(end int) {
	answered := max(0, end-s.first)
	s.outputs = s.outputs[answered:]
	s.first += answered
	s.sent = max(0, s.sent-answered)
	if len(s.outputs) < maxUnanswered {
		close(s.room)
		s.room = make(chan struct{})
	}
}

// take puts what is not on its way yet into a batch.
func (s *emitStream) take(into *batch) {
	for s.sent < len(s.outputs) {
		unsent := s.outputs[s.sent:]
		count := countThatFits(unsent[:min(len(unsent), maxEmitted)], s.limits)
		first := s.first + s.sent
		s.sent += count
		s.ends = append(s.ends, first+count)
		into.emit(emitOf(s.lease, first, unsent[:count]))
	}
}

// countThatFits is the number of outputs, from the first, that one emit takes: half of a frame, and one in any case.
func countThatFits(outputs []*fanoutv1.Output, limits limits) int {
	size := itemBytes
	for count, output := range outputs {
		size += proto.Size(output) + 8
		if count > 0 && size > limits.maxFrameBytes/2 {
			return count
		}
	}
	return len(outputs)
}

func emitOf(of lease, first int, outputs []*fanoutv1.Output) *fanoutv1.Emit {
	return &fanoutv1.Emit{StateId: of.stateID, LeaseToken: of.token, FirstIndex: int64(first), Outputs: outputs}
}

func nameOf(status fanoutv1.AckStatus) string {
	return strings.TrimPrefix(status.String(), "ACK_STATUS_")
}
