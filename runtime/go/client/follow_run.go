package client

import (
	"context"
	"errors"
	"io"
	"iter"

	"google.golang.org/grpc/codes"

	"github.com/fanout/fanout/runtime/go/fanoutv1"
	"github.com/fanout/fanout/runtime/go/wire"
)

// followRun gives every message of a watch up to the run's end. When the stream breaks before, a new one goes on: it begins with
// a snapshot again, and after the end with the first of the results. An error is the last thing that is given: the run is
// unknown, or no state manager has answered for a minute.
func followRun(ctx context.Context, s *services, request *fanoutv1.WatchRunRequest) iter.Seq2[*fanoutv1.WatchRunResponse, error] {
	request.Namespace = s.namespace
	return func(yield func(*fanoutv1.WatchRunResponse, error) bool) {
		var patience patience
		for {
			found, err := s.reach(ctx)
			if err != nil {
				yield(nil, err)
				return
			}
			hasEnded, goesOn := false, true
			failure := watch(ctx, found, request, func(message *fanoutv1.WatchRunResponse) bool {
				patience.answered()
				hasEnded = hasEnded || message.GetRun().GetEndTime() != nil
				goesOn = yield(message, nil)
				return goesOn
			})
			if !goesOn || failure == nil && hasEnded {
				return
			}
			if failure == nil {
				failure = &wire.Error{Code: codes.Unavailable, Message: "the watch ended before the run"}
			}
			s.leave(found)
			if err := patience.after(ctx, failure); err != nil {
				yield(nil, err)
				return
			}
		}
	}
}

// watch gives the messages of one stream, as long as they are taken. Its end is no error.
func watch(ctx context.Context, from *endpoint, request *fanoutv1.WatchRunRequest, take func(*fanoutv1.WatchRunResponse) bool) error {
	streamCtx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := fanoutv1.NewRunServiceClient(from.channel).WatchRun(streamCtx, request)
	if err != nil {
		return wire.FromCall(ctx, err, from.address)
	}
	for {
		message, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return wire.FromCall(ctx, err, from.address)
		}
		if !take(message) {
			return nil
		}
	}
}
