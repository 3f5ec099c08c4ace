package hosting

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	"github.com/fanout/fanout/runtime/go/fanoutv1"
	"github.com/fanout/fanout/runtime/go/wire"
)

const (
	// reachTimeout is the time within which a connection has to come about: another state manager may answer.
	reachTimeout = 2 * time.Second
	// welcomeTimeout is the time within which a state manager has to say welcome.
	welcomeTimeout = 5 * time.Second
	// endTimeout is the time within which a state manager has to end a stream that the runtime has ended.
	endTimeout = 2 * time.Second
)

type stream = grpc.BidiStreamingClient[fanoutv1.ConnectRequest, fanoutv1.ConnectResponse]

// connection is one open stream to one state manager.
type connection struct {
	address wire.Address
	// hello opened it.
	hello   *fanoutv1.Hello
	welcome *fanoutv1.Welcome
	channel *grpc.ClientConn
	// ended is closed when the stream is over.
	ended chan struct{}
	// err is that which the stream ended with, once it has; nil: the server ended it without one.
	err error

	stream stream
	// cancel ends the stream; its cause, if it has one, is what the stream ends with.
	cancel context.CancelCauseFunc
	wake   chan struct{}
	// isCut and hasHeard are read by others than the goroutine that reads the stream.
	isCut    atomic.Bool
	hasHeard atomic.Bool

	mu       sync.Mutex
	queue    []*fanoutv1.ConnectRequest
	isEnding bool
	goodbye  string
}

// openConnection opens a stream, says hello and waits for the welcome. greet makes the hello once the state manager can be
// reached: what it lists is as new as can be. Errors are what the state manager says, or that it cannot be reached.
func openConnection(ctx context.Context, address wire.Address, credentials wire.Credentials, greet func() *fanoutv1.Hello) (*connection, error) {
	channel, err := wire.Open(address, credentials)
	if err != nil {
		return nil, fmt.Errorf("the address %s cannot be used: %w", address.Target, err)
	}
	made := &connection{address: address, channel: channel, ended: make(chan struct{}), wake: make(chan struct{}, 1)}
	if err := made.open(ctx, greet); err != nil {
		made.cut(nil)
		// Nothing is lost by an error here: the channel is not used any more.
		_ = channel.Close()
		return nil, err
	}
	return made, nil
}

func (c *connection) open(ctx context.Context, greet func() *fanoutv1.Hello) error {
	reach, cancelReach := context.WithTimeout(ctx, reachTimeout)
	defer cancelReach()
	if !wire.Settled(reach, c.channel) {
		message := fmt.Sprintf("no state manager answers at %s within %v: start one there, or give the address of another", c.address.Target, reachTimeout)
		return &wire.Error{Code: codes.Unavailable, Reason: wire.Unreachable, Message: message, IsRefused: true}
	}
	var lasting context.Context
	lasting, c.cancel = context.WithCancelCause(context.Background())
	cancel := func() { c.cancel(nil) }
	// Until the welcome the stream ends with the caller's context, or when time is up.
	defer context.AfterFunc(ctx, cancel)()
	timer := time.AfterFunc(welcomeTimeout, cancel)
	stream, err := fanoutv1.NewRuntimeServiceClient(c.channel).Connect(lasting)
	if err != nil {
		return wire.FromCall(ctx, err, c.address.Target)
	}
	c.stream, c.hello = stream, greet()
	hello := &fanoutv1.ConnectRequest{Frame: &fanoutv1.ConnectRequest_Hello{Hello: c.hello}}
	// An error of sending is that the stream has ended: reading tells why.
	if err := stream.Send(hello); err != nil && !errors.Is(err, io.EOF) {
		return wire.FromCall(ctx, err, c.address.Target)
	}
	for c.welcome == nil {
		frame, err := stream.Recv()
		if err != nil {
			if !timer.Stop() {
				message := fmt.Sprintf("%s did not answer the hello within %v", c.address.Target, welcomeTimeout)
				return &wire.Error{Code: codes.DeadlineExceeded, Message: message}
			}
			return c.endOf(ctx, err)
		}
		c.welcome = frame.GetWelcome()
	}
	timer.Stop()
	return nil
}

// serve reads and writes until the stream has ended. Frames go to receive; what is ready to be sent comes from take.
func (c *connection) serve(receive func(*fanoutv1.ConnectResponse), take func(*connection) []*fanoutv1.ConnectRequest) {
	go c.write(take)
	go func() {
		for {
			frame, err := c.stream.Recv()
			if err != nil {
				c.err = c.endOf(context.Background(), err)
				break
			}
			if !c.isCut.Load() {
				c.hasHeard.Store(true)
				receive(frame)
			}
		}
		close(c.ended)
		c.cancel(nil)
		// Nothing is lost by an error here: the channel is not used any more.
		_ = c.channel.Close()
	}()
}

// write sends what is ready, frame by frame, as the stream has room.
func (c *connection) write(take func(*connection) []*fanoutv1.ConnectRequest) {
	for {
		select {
		case <-c.wake:
		case <-c.ended:
			return
		}
		// Whatever else is ready to run may be ready to report, too: that goes in the same frame.
		runtime.Gosched()
		ready := take(c)
		c.mu.Lock()
		frames := append(c.queue, ready...)
		isEnding, goodbye := c.isEnding, c.goodbye
		c.queue = nil
		c.mu.Unlock()
		if isEnding {
			last := &fanoutv1.Goodbye{Reason: goodbye}
			frames = append(frames, &fanoutv1.ConnectRequest{Frame: &fanoutv1.ConnectRequest_Goodbye{Goodbye: last}})
		}
		for _, frame := range frames {
			if c.stream.Send(frame) != nil {
				return // the stream has ended: reading tells why
			}
		}
		if isEnding {
			// Reading tells whether it has ended before.
			_ = c.stream.CloseSend()
			return
		}
	}
}

// send sends a frame of its own; nothing is sent after the end.
func (c *connection) send(frame *fanoutv1.ConnectRequest) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.isEnding {
		c.queue = append(c.queue, frame)
		c.wakeUp()
	}
}

// wakeUp tells that something is ready to be sent.
func (c *connection) wakeUp() {
	select {
	case c.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// end says goodbye and ends the stream once everything is sent; one that the server does not end as well is cut.
func (c *connection) end(reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.isEnding {
		return
	}
	c.isEnding, c.goodbye = true, reason
	c.wakeUp()
	go func() {
		select {
		case <-c.ended:
		case <-time.After(endTimeout):
			c.cut(nil)
		}
	}()
}

// cut cuts the stream: nothing more comes from it. It ends with the cause; nil: as a call that was cancelled.
func (c *connection) cut(cause error) {
	c.isCut.Store(true)
	if c.cancel != nil {
		c.cancel(cause)
	}
}

func (c *connection) hasEnded() bool {
	select {
	case <-c.ended:
		return true
	default:
		return false
	}
}

// endOf is the error with which a stream has ended; nil: without one.
func (c *connection) endOf(ctx context.Context, err error) error {
	var cause *wire.Error
	switch {
	case errors.As(context.Cause(c.stream.Context()), &cause):
		return cause
	case !errors.Is(err, io.EOF):
		return wire.FromCall(ctx, err, c.address.Target)
	case c.welcome == nil:
		return &wire.Error{Code: codes.Unavailable, Message: c.address.Target + " ended the stream"}
	default:
		return nil
	}
}
