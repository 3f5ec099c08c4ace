package hosting

import (
	"fmt"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/fanout/fanout/runtime/go/fanoutv1"
	"github.com/fanout/fanout/runtime/go/wire"
)

const (
	usualHeartbeat = 2_500 * time.Millisecond
	usualLease     = 10 * time.Second
)

// beat sends heartbeats as long as a stream lasts, and cuts one that is silent while there is time to go on elsewhere.
func beat(stream *connection, takeProgress func() []*fanoutv1.Progress) {
	interval, lease := stream.welcome.HeartbeatInterval.AsDuration(), stream.welcome.LeaseInterval.AsDuration()
	if interval <= 0 {
		interval = usualHeartbeat
	}
	if lease <= 0 {
		lease = usualLease
	}
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	// Counted in beats, not by the clock: a process that was stopped for a while makes up for any number of beats with one.
	silent := time.Duration(0)
	for {
		select {
		case <-stream.ended:
			return
		case <-ticker.C:
		}
		if silent += interval; stream.hasHeard.Swap(false) {
			silent = 0
		}
		if silent >= lease/2 {
			stream.cut(silence(stream, silent))
			return
		}
		heartbeat := &fanoutv1.Heartbeat{Progress: takeProgress()}
		stream.send(&fanoutv1.ConnectRequest{Frame: &fanoutv1.ConnectRequest_Heartbeat{Heartbeat: heartbeat}})
	}
}

// silence is the error of a stream on which nothing has come for so long.
func silence(stream *connection, silent time.Duration) error {
	message := fmt.Sprintf("%s was silent for %v: the runtime connects again, elsewhere if it can", stream.address.Target, silent)
	return &wire.Error{Code: codes.Unavailable, Message: message}
}
