package client

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/fanout/fanout/runtime/go/fanoutv1"
	"github.com/fanout/fanout/runtime/go/wire"
)

// linger is the time for which a stream without a call stays open.
const linger = 100 * time.Millisecond

// runCalls starts runs and waits for their ends, over one stream that is open as long as there are calls. What is called while a
// message is on its way is one message, and so are the answers.
//
//	call(a), call(b)         one message: trigger a, trigger b         both are answered: started
//	the stream breaks        c has no answer to its trigger: it fails, as a call of its own would
//	the stream is refused    nothing of c has begun: it is sent again, to another state manager if there is one
//	a new stream             a and b are awaited by the ids of their runs
//	no call is left          the stream is ended
type runCalls struct {
	services *services
	// lasting ends when the client is closed.
	lasting context.Context
	close   context.CancelFunc

	mu    sync.Mutex
	calls map[int64]*runCall
	// unsent go with the next message, on the stream that is open then.
	unsent    []*runCall
	forgotten []int64
	lastID    int64
	isServing bool
	wake      chan struct{}
	// leave ends the stream that is open; nil: none is.
	leave      context.CancelFunc
	lingering  *time.Timer
	isPatient  patience
	maxResends int
}

func newRunCalls(s *services) *runCalls {
	lasting, end := context.WithCancel(context.Background())
	return &runCalls{services: s, lasting: lasting, close: end, calls: map[int64]*runCall{}, wake: make(chan struct{}, 1), maxResends: s.maxResends()}
}

// start starts a run. Errors are those of `TriggerRun`.
func (c *runCalls) start(ctx context.Context, trigger *fanoutv1.TriggerRunRequest) (*fanoutv1.TriggerRunResponse, error) {
	trigger.Namespace = c.services.namespace
	if proto.Size(trigger) > maxBytes {
		return callUnary(ctx, c.services, fanoutv1.NewRunServiceClient, fanoutv1.RunServiceClient.TriggerRun, trigger)
	}
	call, err := c.begin(&fanoutv1.RunCall{Run: &fanoutv1.RunCall_Trigger{Trigger: trigger}}, false)
	if err != nil {
		return nil, err
	}
	return c.untilStarted(ctx, call)
}

// call starts a run that is awaited. Errors are those of `TriggerRun`.
func (c *runCalls) call(ctx context.Context, trigger *fanoutv1.TriggerRunRequest) (*fanoutv1.TriggerRunResponse, *runCall, error) {
	trigger.Namespace = c.services.namespace
	if proto.Size(trigger) > maxBytes {
		run, err := callUnary(ctx, c.services, fanoutv1.NewRunServiceClient, fanoutv1.RunServiceClient.TriggerRun, trigger)
		if err != nil {
			return nil, nil, err
		}
		call, err := c.begin(c.existing(run.RunId), true)
		return run, call, err
	}
	call, err := c.begin(&fanoutv1.RunCall{Run: &fanoutv1.RunCall_Trigger{Trigger: trigger}, AwaitEnd: true}, true)
	if err != nil {
		return nil, nil, err
	}
	run, err := c.untilStarted(ctx, call)
	return run, call, err
}

// end waits for the end of a call.
func (c *runCalls) end(ctx context.Context, call *runCall) (*fanoutv1.RunEnd, error) {
	select {
	case <-call.ended.done:
		return call.ended.value, call.ended.err
	case <-ctx.Done():
		c.forget(call)
		return nil, context.Cause(ctx)
	}
}

// endOf waits for the end of a run.
func (c *runCalls) endOf(ctx context.Context, runID string) (*fanoutv1.RunEnd, error) {
	call, err := c.begin(c.existing(runID), true)
	if err != nil {
		return nil, err
	}
	return c.end(ctx, call)
}

// stop ends every call.
func (c *runCalls) stop() {
	c.close()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failAll(errClosed)
}

func (c *runCalls) existing(runID string) *fanoutv1.RunCall {
	return &fanoutv1.RunCall{Run: &fanoutv1.RunCall_RunId{RunId: runID}, Namespace: c.services.namespace, AwaitEnd: true}
}

func (c *runCalls) begin(request *fanoutv1.RunCall, isAwaited bool) (*runCall, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lasting.Err() != nil {
		return nil, errClosed
	}
	c.lastID++
	call := &runCall{id: c.lastID, request: request, isAwaited: isAwaited}
	call.started.done, call.ended.done = make(chan struct{}), make(chan struct{})
	c.calls[call.id] = call
	c.again(call)
	if c.lingering != nil {
		c.lingering.Stop()
	}
	if !c.isServing {
		c.isServing = true
		go c.serve()
	}
	return call, nil
}

func (c *runCalls) untilStarted(ctx context.Context, call *runCall) (*fanoutv1.TriggerRunResponse, error) {
	timer := time.NewTimer(callTimeout)
	defer timer.Stop()
	select {
	case <-call.started.done:
		return call.started.value, call.started.err
	case <-timer.C:
		c.forget(call)
		return nil, &wire.Error{Code: codes.DeadlineExceeded, Message: "no state manager has answered within " + callTimeout.String()}
	case <-ctx.Done():
		c.forget(call)
		return nil, context.Cause(ctx)
	}
}

// serve keeps a stream open as long as there are calls.
func (c *runCalls) serve() {
	for {
		failure := c.stay()
		c.mu.Lock()
		if len(c.calls) > 0 {
			c.lost(failure)
		}
		c.isServing = len(c.calls) > 0
		goesOn := c.isServing
		c.mu.Unlock()
		if !goesOn {
			return
		}
		if err := c.isPatient.after(c.lasting, failure); err != nil {
			c.mu.Lock()
			c.failAll(err)
			c.mu.Unlock()
		}
	}
}

// stay serves calls over one stream, and gives the reason of its end.
func (c *runCalls) stay() error {
	// What is called until one is found goes along.
	found, err := c.services.reach(c.lasting)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(c.lasting)
	defer cancel()
	stream, err := fanoutv1.NewRunServiceClient(found.channel).CallRuns(ctx)
	if err == nil {
		c.mu.Lock()
		c.leave = cancel
		c.mu.Unlock()
		go c.write(ctx, stream)
		err = c.read(stream)
	}
	c.mu.Lock()
	wasLeft := c.leave == nil && ctx.Err() != nil
	c.leave = nil
	c.mu.Unlock()
	switch {
	case wasLeft:
		return &wire.Error{Code: codes.Unavailable, Message: "the stream was left"}
	case errors.Is(err, io.EOF):
		err = &wire.Error{Code: codes.Unavailable, Message: "the calls ended before the runs"}
	default:
		err = wire.FromCall(c.lasting, err, found.address)
	}
	c.services.leave(found)
	return err
}

func (c *runCalls) read(stream grpc.BidiStreamingClient[fanoutv1.CallRunsRequest, fanoutv1.CallRunsResponse]) error {
	for {
		message, err := stream.Recv()
		if err != nil {
			return err
		}
		c.mu.Lock()
		c.isPatient.answered()
		for _, answer := range message.Answers {
			c.take(answer)
		}
		c.mu.Unlock()
	}
}

// write sends what is called, as the stream has room, until its context ends.
func (c *runCalls) write(ctx context.Context, stream grpc.BidiStreamingClient[fanoutv1.CallRunsRequest, fanoutv1.CallRunsResponse]) {
	c.wakeUp()
	for {
		select {
		case <-c.wake:
		case <-ctx.Done():
			c.wakeUp() // for the next stream
			return
		}
		c.mu.Lock()
		if ctx.Err() != nil {
			c.mu.Unlock()
			continue
		}
		messages := messagesOf(c.unsent, c.forgotten)
		for _, call := range c.unsent {
			call.isSent = true
		}
		c.unsent, c.forgotten = nil, nil
		c.mu.Unlock()
		for _, message := range messages {
			if stream.Send(message) != nil {
				return // the stream has ended: reading tells why
			}
		}
	}
}

func (c *runCalls) take(answer *fanoutv1.RunCallAnswer) {
	call := c.calls[answer.CallId]
	if call == nil {
		return
	}
	switch answer := answer.Answer.(type) {
	case *fanoutv1.RunCallAnswer_Started:
		call.started.settle(answer.Started, nil)
		call.request = c.existing(answer.Started.RunId)
		if !call.isAwaited {
			c.drop(call)
		}
	case *fanoutv1.RunCallAnswer_Ended:
		c.drop(call)
		call.ended.settle(answer.Ended, nil)
	case *fanoutv1.RunCallAnswer_Failed:
		err := wire.FromStatus(answer.Failed)
		if call.request.GetRunId() != "" && err.IsAway() {
			c.again(call)
		} else {
			c.fail(call, err)
		}
	}
}

// lost fails calls whose triggers may have been taken and were not answered; the others go on, on another stream.
func (c *runCalls) lost(failure error) {
	c.forgotten = nil
	for _, call := range c.calls {
		if !call.isSent {
			continue
		}
		switch {
		case call.request.GetRunId() != "":
			c.again(call)
		case isRefused(failure) && call.resends < c.maxResends:
			call.resends++
			c.again(call)
		default:
			c.fail(call, failure)
		}
	}
}

func (c *runCalls) again(call *runCall) {
	call.isSent = false
	call.request.CallId = call.id
	c.unsent = append(c.unsent, call)
	c.wakeUp()
}

// forget waits for a call no more.
func (c *runCalls) forget(call *runCall) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.calls[call.id] != nil && call.isSent {
		c.forgotten = append(c.forgotten, call.id)
		c.wakeUp()
	}
	c.drop(call)
}

func (c *runCalls) failAll(err error) {
	for _, call := range c.calls {
		c.fail(call, err)
	}
}

func (c *runCalls) fail(call *runCall, err error) {
	c.drop(call)
	call.started.settle(nil, err)
	call.ended.settle(nil, err)
}

func (c *runCalls) drop(call *runCall) {
	delete(c.calls, call.id)
	if !call.isSent {
		c.unsent = slices.DeleteFunc(c.unsent, func(each *runCall) bool { return each == call })
	}
	if len(c.calls) > 0 {
		return
	}
	if c.lingering != nil {
		c.lingering.Stop()
	}
	c.lingering = time.AfterFunc(linger, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if len(c.calls) == 0 && c.leave != nil {
			c.leave()
			c.leave = nil
		}
	})
}

func (c *runCalls) wakeUp() {
	select {
	case c.wake <- struct{}{}:
	default: // it will look anyway
	}
}
