package hosting

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	randv2 "math/rand/v2"
	"slices"
	"sync"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/fanout/fanout/runtime/go/fanoutv1"
	"github.com/fanout/fanout/runtime/go/wire"
)

const (
	// minPause and maxPause bound the time between two rounds of attempts to connect.
	minPause = 100 * time.Millisecond
	maxPause = 2 * time.Second
	// usualGrace is the time that a drain gives if it does not say.
	usualGrace = 10 * time.Second
)

var (
	finalCodes   = []codes.Code{codes.InvalidArgument, codes.PermissionDenied, codes.Unauthenticated, codes.Unimplemented}
	finalReasons = []wire.Reason{wire.ProtocolVersion, wire.SessionSuperseded}
)

// Runtime hosts nodes: it keeps a stream to a state manager and executes what it is assigned.
type Runtime struct {
	options    *checkedOptions
	id         string
	addresses  *wire.AddressBook
	calls      *runtimeCalls
	executions *executions

	// quitting ends when the runtime is to end, after it has drained.
	quitting context.Context
	quit     context.CancelFunc
	// welcomed is closed at the first welcome, and done when the runtime has ended, with err.
	welcomed  chan struct{}
	done      chan struct{}
	err       error
	isServing sync.Once
	isOver    sync.Once

	mu         sync.Mutex
	sessionID  string
	connection *connection
	// early are assignments that came on the stream that is about to be left; isLeaving tells that one is.
	early       []*fanoutv1.Assignment
	isLeaving   bool
	isDraining  bool
	isStopping  bool
	wasWelcomed bool
}

// NewRuntime makes a runtime, which connects when it starts. The error names an option that cannot work, such as two nodes with
// the same name, or a node whose types have no schema.
func NewRuntime(options Options) (*Runtime, error) {
	checked, err := checkOptions(options)
	if err != nil {
		return nil, err
	}
	calls := newRuntimeCalls(checked.Namespace)
	quitting, quit := context.WithCancel(context.Background())
	return &Runtime{
		options:    checked,
		id:         rand.Text(),
		addresses:  wire.NewAddressBook(checked.addresses),
		calls:      calls,
		executions: newExecutions(checked.hosted, checked.Concurrency, calls, checked.Logger, newLogSender(checked.RunLogs)),
		quitting:   quitting,
		quit:       quit,
		welcomed:   make(chan struct{}),
		done:       make(chan struct{}),
	}, nil
}

// Start returns at the first welcome; a state manager that is not there yet is waited for, as long as the context lasts.
// Harmless twice.
//
// The error is one that no other try would change: a bad hello, a wrong token, another protocol. One that comes later is logged
// as `runtime_failed`, and returned by Serve and Run.
func (r *Runtime) Start(ctx context.Context) error {
	r.mu.Lock()
	isStopping := r.isStopping
	r.mu.Unlock()
	if isStopping {
		return errors.New("this runtime was stopped, and does not start again: make a new one")
	}
	r.isServing.Do(func() { go r.serve() })
	select {
	case <-r.welcomed:
	case <-r.done:
	case <-ctx.Done():
		r.Stop()
		return context.Cause(ctx)
	}
	select {
	case <-r.done:
		return r.err
	default:
		return nil
	}
}

// Serve serves until the context ends or Stop is called, then lets running work finish. Errors are those of Start.
func (r *Runtime) Serve(ctx context.Context) error {
	if err := r.Start(ctx); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	select {
	case <-r.done:
	case <-ctx.Done():
		r.Stop()
	}
	<-r.done
	return r.err
}

// Stop takes nothing new, finishes what runs, waits for the answers, and leaves. Harmless twice.
func (r *Runtime) Stop() {
	r.isOver.Do(r.stop)
	r.isServing.Do(func() { close(r.done) })
	<-r.done
}

func (r *Runtime) stop() {
	r.mu.Lock()
	r.isStopping = true
	r.mu.Unlock()
	r.executions.takeNothing()
	// Tells the person who pressed Ctrl-C why it does not end yet.
	if running := r.executions.runningNow(); running > 0 {
		r.options.Logger.Info("stopping", "running", running, "max_s", r.options.DrainTimeout.Seconds())
	}
	r.executions.idle(r.options.DrainTimeout)
	r.abandonAll(&wire.Cancelled{Code: "STOPPING", Message: "the runtime is stopping"})
	r.leave("stopped")
	r.quit()
}

// serve connects again and again until it is told to stop.
func (r *Runtime) serve() {
	defer close(r.done)
	pause := minPause
	var left wire.Address
	for r.quitting.Err() == nil {
		stream, err := r.connect(left)
		if err == nil && stream != nil {
			pause = minPause
			left, err = r.stay(stream)
		}
		if err != nil {
			r.err = err
			return
		}
		select {
		case <-time.After(jittered(pause)):
		case <-r.quitting.Done():
		}
		pause = min(maxPause, pause*2)
	}
}

// connect tries every state manager once, that which was just left last. nil: none lets it in now. An error is final.
func (r *Runtime) connect(left wire.Address) (*connection, error) {
	inOrder := r.inOrder()
	if at := slices.Index(inOrder, left); at >= 0 {
		inOrder = append(slices.Delete(inOrder, at, at+1), left)
	}
	for _, address := range inOrder {
		stream, err := openConnection(r.quitting, address, r.options.credentials, r.hello)
		if err == nil {
			r.connected(stream)
			return stream, nil
		}
		if r.quitting.Err() != nil {
			return nil, nil
		}
		if err := r.handle(err, address); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// inOrder gives the state managers, those first that this runtime prefers.
func (r *Runtime) inOrder() []wire.Address {
	known := r.addresses.All(r.quitting)
	if r.options.AddressOrder == Given {
		return known
	}
	return wire.InOrderOf(r.id, known)
}

// stay stays with a stream, and with those that follow it without a break. It gives the state manager that is left. An error is final.
func (r *Runtime) stay(stream *connection) (wire.Address, error) {
	for {
		// It was told to stop while the state manager made up its mind.
		if r.quitting.Err() != nil {
			r.leave("stopped")
		}
		following := r.successorOf(stream)
		if following == nil {
			break
		}
		stream = following
	}
	r.disconnected()
	if stream.err != nil && r.quitting.Err() == nil {
		return stream.address, r.handle(stream.err, stream.address)
	}
	return stream.address, nil
}

// successorOf looks now and then whether a preferred state manager is back, and moves there. nil: the stream has ended.
func (r *Runtime) successorOf(stream *connection) *connection {
	for {
		select {
		case <-stream.ended:
			return nil
		case <-time.After(jittered(r.options.ReturnAfter)):
		}
		preferred := r.inOrder()[0]
		r.mu.Lock()
		isLeaving := r.isDraining || r.isStopping
		r.mu.Unlock()
		if isLeaving || stream.hasEnded() || preferred.Target == stream.address.Target {
			continue
		}
		if following := r.move(stream, preferred); following != nil {
			return following
		}
	}
}

// move goes on with the session on another stream, which takes all leases along. The hello lists what is held then; what is
// assigned after it, on the old stream, is handed out anew if the move succeeds, and executed if it does not.
func (r *Runtime) move(old *connection, to wire.Address) *connection {
	following, err := openConnection(r.quitting, to, r.options.credentials, r.hello)
	r.mu.Lock()
	early := r.early
	r.early, r.isLeaving = nil, false
	if err == nil {
		r.connection = following
	} else {
		// It is not back yet.
		r.executions.take(early)
	}
	r.mu.Unlock()
	if err != nil {
		return nil
	}
	old.cut(nil)
	r.connected(following)
	return following
}

// hello introduces the runtime. From then on what the stream that is open brings is not in its list.
func (r *Runtime) hello() *fanoutv1.Hello {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.isLeaving = r.connection != nil
	return helloOf(r.options, r.executions.currentCapacity(), r.sessionID, r.executions.leases())
}

func (r *Runtime) connected(stream *connection) {
	welcome := stream.welcome
	r.mu.Lock()
	r.sessionID, r.connection, r.isDraining = welcome.SessionId, stream, false
	isFirst := !r.wasWelcomed
	r.wasWelcomed = true
	r.mu.Unlock()
	r.calls.connected(stream)
	lost := welcome.LostLeases
	if !welcome.Resumed {
		lost = stream.hello.HeldLeases
	}
	leases := make([]lease, len(lost))
	for at, each := range lost {
		leases[at] = lease{each.StateId, each.LeaseToken}
	}
	r.executions.abandon(leases, &wire.Cancelled{Code: "LEASE_LOST", Message: "the lease was lost while the runtime was not connected"})
	stream.serve(func(frame *fanoutv1.ConnectResponse) { r.receive(stream, frame) }, r.executions.takeFrames)
	r.executions.logs.connected(welcome.RunLogs, limitsOf(welcome))
	r.executions.connected(stream, limitsOf(welcome))
	go beat(stream, r.executions.takeProgress)
	r.options.Logger.Info("connected", "address", stream.address.Target, "session_id", welcome.SessionId, "resumed", welcome.Resumed)
	if isFirst {
		close(r.welcomed)
	}
}

func (r *Runtime) disconnected() {
	r.mu.Lock()
	r.connection = nil
	r.mu.Unlock()
	r.executions.disconnected()
	r.calls.disconnected()
}

// handle ends the runtime for an error that no other try would change; after others, which give nil, it goes on.
func (r *Runtime) handle(err error, address wire.Address) error {
	var refusal *wire.Error
	if !errors.As(err, &refusal) || slices.Contains(finalCodes, refusal.Code) || slices.Contains(finalReasons, refusal.Reason) {
		code := "DISCONNECTED"
		if refusal != nil && refusal.Reason != "" {
			code = string(refusal.Reason)
		}
		r.abandonAll(&wire.Cancelled{Code: code, Message: err.Error()})
		// A runtime that only started, and does not wait for its end, would be gone without a word.
		if r.wasWelcomed {
			r.options.Logger.Error("runtime_failed", "address", address.Target, "reason", code, "error", err)
		}
		return fmt.Errorf("the runtime cannot go on: %w", err)
	}
	r.options.Logger.Warn("disconnected", "address", address.Target, "error", err)
	if refusal.Reason == wire.SessionExpired {
		r.forgetSession()
		r.abandonAll(&wire.Cancelled{Code: string(refusal.Reason), Message: err.Error()})
	}
	return nil
}

func (r *Runtime) abandonAll(reason *wire.Cancelled) {
	r.executions.abandon(r.executions.leases(), reason)
}

func (r *Runtime) receive(stream *connection, frame *fanoutv1.ConnectResponse) {
	switch frame := frame.Frame.(type) {
	case *fanoutv1.ConnectResponse_Assignments:
		r.mu.Lock()
		defer r.mu.Unlock()
		switch {
		case stream != r.connection: // it was left, and what it brings is handed out anew
		case r.isLeaving:
			r.early = append(r.early, frame.Assignments.Items...)
		default:
			r.executions.take(frame.Assignments.Items)
		}
	case *fanoutv1.ConnectResponse_Acks:
		r.executions.acked(frame.Acks.Items)
	case *fanoutv1.ConnectResponse_Cancellations:
		for _, item := range frame.Cancellations.Items {
			r.executions.cancel(lease{item.StateId, item.LeaseToken}, wire.CancelledBecause(item.Reason))
		}
	case *fanoutv1.ConnectResponse_Ping:
		pong := &fanoutv1.Pong{Nonce: frame.Ping.Nonce}
		stream.send(&fanoutv1.ConnectRequest{Frame: &fanoutv1.ConnectRequest_Pong{Pong: pong}})
	case *fanoutv1.ConnectResponse_Drain:
		grace := usualGrace
		if frame.Drain.Grace != nil {
			grace = frame.Drain.Grace.AsDuration()
		}
		go r.drain(stream, grace)
	}
}

// drain finishes what a state manager that is leaving gave, then goes to another one.
func (r *Runtime) drain(stream *connection, grace time.Duration) {
	r.mu.Lock()
	isBusy := r.isDraining || r.isStopping
	r.isDraining = true
	r.mu.Unlock()
	if isBusy {
		return
	}
	r.executions.idle(grace)
	r.mu.Lock()
	mayLeave := r.connection == stream && !r.isStopping && r.executions.isIdle()
	r.mu.Unlock()
	if mayLeave {
		r.leave("drained")
	}
}

func (r *Runtime) leave(reason string) {
	r.mu.Lock()
	stream := r.connection
	r.mu.Unlock()
	if stream != nil {
		stream.end(reason)
		r.forgetSession()
	}
}

func (r *Runtime) forgetSession() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sessionID = ""
}

// jittered is half of a time at least, and all of it at most: many runtimes do not come back in the same moment.
func jittered(longest time.Duration) time.Duration {
	return longest/2 + randv2.N(longest/2+1)
}
