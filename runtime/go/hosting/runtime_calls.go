package hosting

import (
	"context"
	"errors"
	"sync"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/fanout/fanout/runtime/go/fanoutv1"
	"github.com/fanout/fanout/runtime/go/wire"
)

const (
	callTimeout = time.Minute
	// pageSize is the number of items of a page: few enough that reading the next one and working on this one overlap.
	pageSize = 1_000
)

// runtimeCalls are calls of executions, beside the stream. They are made again until they are answered, by whichever state
// manager the runtime is connected to then, or until their context ends.
type runtimeCalls struct {
	namespace string
	mu        sync.Mutex
	stream    *connection
	// connected is closed when there is a stream, and made anew when there is none.
	hasStream chan struct{}
}

func newRuntimeCalls(namespace string) *runtimeCalls {
	return &runtimeCalls{namespace: namespace, hasStream: make(chan struct{})}
}

// connected asks the state manager of this stream from now on.
func (c *runtimeCalls) connected(stream *connection) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stream == nil {
		close(c.hasStream)
	}
	c.stream = stream
}

// disconnected lets calls wait for the next stream.
func (c *runtimeCalls) disconnected() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stream != nil {
		c.stream, c.hasStream = nil, make(chan struct{})
	}
}

// page reads a page of a united list, and the token of the next one.
func (c *runtimeCalls) page(ctx context.Context, of lease, inputName, pageToken string) ([]string, string, error) {
	request := &fanoutv1.ReadUnitedRequest{
		Namespace: c.namespace, StateId: of.stateID, LeaseToken: of.token,
		InputName: inputName, PageToken: pageToken, PageSize: pageSize,
	}
	answer, err := ask(ctx, c, func(ctx context.Context, service fanoutv1.RuntimeServiceClient) (*fanoutv1.ReadUnitedResponse, error) {
		return service.ReadUnited(ctx, request)
	})
	return answer.GetItemsJson(), answer.GetNextPageToken(), err
}

// readStore reads values of the run's store.
func (c *runtimeCalls) readStore(ctx context.Context, of lease, keys []string) (*fanoutv1.ReadStoreResponse, error) {
	request := &fanoutv1.ReadStoreRequest{Namespace: c.namespace, StateId: of.stateID, LeaseToken: of.token, Keys: keys}
	return ask(ctx, c, func(ctx context.Context, service fanoutv1.RuntimeServiceClient) (*fanoutv1.ReadStoreResponse, error) {
		return service.ReadStore(ctx, request)
	})
}

// changeStore changes one key of the run's store.
func (c *runtimeCalls) changeStore(ctx context.Context, of lease, request *fanoutv1.ChangeStoreRequest) (*fanoutv1.ChangeStoreResponse, error) {
	request.Namespace, request.StateId, request.LeaseToken = c.namespace, of.stateID, of.token
	return ask(ctx, c, func(ctx context.Context, service fanoutv1.RuntimeServiceClient) (*fanoutv1.ChangeStoreResponse, error) {
		return service.ChangeStore(ctx, request)
	})
}

func ask[Answer any](ctx context.Context, c *runtimeCalls, call func(context.Context, fanoutv1.RuntimeServiceClient) (Answer, error)) (Answer, error) {
	pause := minPause
	var none Answer
	for {
		stream, err := c.current(ctx)
		if err != nil {
			return none, err
		}
		limited, cancel := context.WithTimeout(ctx, callTimeout)
		answer, err := call(limited, fanoutv1.NewRuntimeServiceClient(stream.channel))
		cancel()
		if err == nil {
			return answer, nil
		}
		if err = wire.FromCall(ctx, err, stream.address.Target); !isPassing(err) || ctx.Err() != nil {
			return none, err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return none, context.Cause(ctx)
		}
		pause = min(maxPause, pause*2)
	}
}

// current is the stream that is open, or the next one.
func (c *runtimeCalls) current(ctx context.Context) (*connection, error) {
	for {
		c.mu.Lock()
		stream, hasStream := c.stream, c.hasStream
		c.mu.Unlock()
		if stream != nil {
			return stream, nil
		}
		select {
		case <-hasStream:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// isPassing tells whether the same call may succeed in a moment.
func isPassing(err error) bool {
	var refusal *wire.Error
	if !errors.As(err, &refusal) {
		return false
	}
	switch {
	case refusal.Reason == wire.StorageFull, refusal.Reason == wire.QuotaExceeded && refusal.RetryAfter > 0:
		return true
	case refusal.Code == codes.Unavailable, refusal.Code == codes.Canceled, refusal.Code == codes.DeadlineExceeded:
		return true
	}
	return false
}
