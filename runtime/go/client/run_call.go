package client

import (
	"slices"
	"sync"

	"google.golang.org/protobuf/proto"

	"github.com/fanout/fanout/runtime/go/fanoutv1"
)

const (
	// maxBytes are those of a message, at most: every state manager takes 65,536, and one that is too large would end all calls.
	maxBytes = 60_000
	// forgottenPerMessage is the number of calls to forget that one message has.
	forgottenPerMessage = 4_000
)

// runCall is one call that goes on.
type runCall struct {
	id int64
	// request begins it; once its run is known, it awaits that.
	request   *fanoutv1.RunCall
	isAwaited bool
	isSent    bool
	// resends is the number of times that its trigger was refused and sent again.
	resends int
	started future[*fanoutv1.TriggerRunResponse]
	ended   future[*fanoutv1.RunEnd]
}

// future is a value that comes once, or an error.
type future[Value any] struct {
	once  sync.Once
	done  chan struct{}
	value Value
	err   error
}

func (f *future[Value]) settle(value Value, err error) {
	f.once.Do(func() {
		f.value, f.err = value, err
		close(f.done)
	})
}

// messagesOf are the messages that carry calls, each of which is small.
func messagesOf(calls []*runCall, forgotten []int64) []*fanoutv1.CallRunsRequest {
	var messages []*fanoutv1.CallRunsRequest
	for some := range slices.Chunk(forgotten, forgottenPerMessage) {
		messages = append(messages, &fanoutv1.CallRunsRequest{Forget: some})
	}
	message, size := &fanoutv1.CallRunsRequest{}, 0
	for _, call := range calls {
		more := proto.Size(call.request) + 16
		if len(message.Calls) > 0 && size+more > maxBytes {
			messages = append(messages, message)
			message, size = &fanoutv1.CallRunsRequest{}, 0
		}
		message.Calls = append(message.Calls, call.request)
		size += more
	}
	if len(message.Calls) > 0 {
		messages = append(messages, message)
	}
	return messages
}
