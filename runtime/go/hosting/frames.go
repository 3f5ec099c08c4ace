package hosting

import (
	"google.golang.org/protobuf/proto"

	"github.com/fanout/fanout/runtime/go/fanoutv1"
)

const (
	// itemBytes are the bytes around an item in a frame, at most.
	itemBytes = 512
	// maxItems is the number of reports, or of emits, in one frame.
	maxItems = 256
)

// lease is the proof of the right to report on a state: the pair, since many states of one claim carry the same token.
type lease struct{ stateID, token string }

func (l lease) held() *fanoutv1.HeldLease {
	return &fanoutv1.HeldLease{StateId: l.stateID, LeaseToken: l.token}
}

// limits are those of a state manager, as its welcome gives them.
type limits struct{ maxFrameBytes, maxOutputBytes int }

// usualLimits are those of a state manager whose welcome gives none.
var usualLimits = limits{maxFrameBytes: 4_000_000, maxOutputBytes: 1_000_000}

func limitsOf(welcome *fanoutv1.Welcome) limits {
	found := usualLimits
	if welcome.MaxFrameBytes > 0 {
		found.maxFrameBytes = int(welcome.MaxFrameBytes)
	}
	if welcome.MaxOutputBytes > 0 {
		found.maxOutputBytes = int(welcome.MaxOutputBytes)
	}
	return found
}

// batch puts what is ready into as few frames as it fits.
type batch struct {
	limits  limits
	frames  []*fanoutv1.ConnectRequest
	emits   []*fanoutv1.Emit
	reports []*fanoutv1.Report
	// bytes are those of the emits, or of the reports, that are in no frame yet.
	bytes int
}

func (b *batch) capacity(capacity *fanoutv1.Capacity) {
	b.frames = append(b.frames, &fanoutv1.ConnectRequest{Frame: &fanoutv1.ConnectRequest_Capacity{Capacity: capacity}})
}

func (b *batch) logLines(items []*fanoutv1.StateLog) {
	if len(items) > 0 {
		lines := &fanoutv1.LogLines{Items: items}
		b.frames = append(b.frames, &fanoutv1.ConnectRequest{Frame: &fanoutv1.ConnectRequest_LogLines{LogLines: lines}})
	}
}

func (b *batch) emit(emit *fanoutv1.Emit) {
	b.makeRoom(len(b.emits), len(b.reports) > 0, proto.Size(emit)+8)
	b.emits = append(b.emits, emit)
}

func (b *batch) report(report *fanoutv1.Report, size int) {
	b.makeRoom(len(b.reports), len(b.emits) > 0, size)
	b.reports = append(b.reports, report)
}

// makeRoom closes the frame that is being filled if an item does not fit it, or is of another kind.
func (b *batch) makeRoom(items int, isOther bool, size int) {
	if isOther || items == maxItems || items > 0 && b.bytes+size > b.limits.maxFrameBytes-itemBytes {
		b.close()
	}
	b.bytes += size
}

func (b *batch) close() {
	if len(b.emits) > 0 {
		emits := &fanoutv1.Emits{Items: b.emits}
		b.frames = append(b.frames, &fanoutv1.ConnectRequest{Frame: &fanoutv1.ConnectRequest_Emits{Emits: emits}})
	}
	if len(b.reports) > 0 {
		reports := &fanoutv1.Reports{Items: b.reports}
		b.frames = append(b.frames, &fanoutv1.ConnectRequest{Frame: &fanoutv1.ConnectRequest_Reports{Reports: reports}})
	}
	b.emits, b.reports, b.bytes = nil, nil, 0
}
