package client

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/connectivity"

	"github.com/fanout/fanout/runtime/go/wire"
)

const (
	// callTimeout is the time within which a state manager has to answer a call.
	callTimeout = 30 * time.Second
	// reachTimeout is the time within which one of several state managers has to take a connection: then the next one is tried.
	reachTimeout = 2 * time.Second
	// searchTimeout is the time for which all of them are tried in turn before a call fails.
	searchTimeout = 4 * time.Second
	searchPause   = 100 * time.Millisecond
	// pageSize is the number of items that one answer of a list has at most.
	pageSize = 1_000
)

// endpoint is one address, with the connection to it.
type endpoint struct {
	address string
	channel *grpc.ClientConn
}

// services makes calls, which go to the state manager that answers, of several.
type services struct {
	namespace   string
	credentials wire.Credentials
	addresses   []string

	mu        sync.Mutex
	endpoints map[string]*endpoint
	// present is the index of the address in use: many clients begin with different ones.
	present  int
	isClosed bool
}

func newServices(addresses []string, credentials wire.Credentials, namespace string) *services {
	return &services{
		namespace: namespace, credentials: credentials, addresses: addresses,
		endpoints: map[string]*endpoint{}, present: rand.IntN(len(addresses)),
	}
}

var errClosed = &wire.Error{Code: codes.Canceled, Message: "the client was closed"}

// reach finds a state manager that takes a connection; if none does in time, the last one, whose calls say why.
func (s *services) reach(ctx context.Context) (*endpoint, error) {
	until := time.Now().Add(searchTimeout)
	for tries := 1; ; tries++ {
		found, err := s.presentEndpoint()
		if err != nil || len(s.addresses) == 1 {
			return found, err
		}
		limited, cancel := context.WithTimeout(ctx, reachTimeout)
		wire.Settled(limited, found.channel)
		cancel()
		if found.channel.GetState() == connectivity.Ready || time.Now().After(until) || ctx.Err() != nil {
			return found, nil
		}
		s.leave(found)
		// Each of them was tried, and may be back in a moment.
		if tries%len(s.addresses) == 0 {
			time.Sleep(searchPause)
		}
	}
}

// maxResends is the number of times that something refused is sent again: to each other address, or once more to the only one.
func (s *services) maxResends() int { return max(1, len(s.addresses)-1) }

// leave goes on with the next address: this one has refused something, or does not answer.
func (s *services) leave(of *endpoint) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if of.address == s.addresses[s.present] {
		s.present = (s.present + 1) % len(s.addresses)
	}
}

// presentEndpoint is the present address, with its connection, which begins with the first call.
func (s *services) presentEndpoint() (*endpoint, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.isClosed {
		return nil, errClosed
	}
	address := s.addresses[s.present]
	if s.endpoints[address] == nil {
		channel, err := wire.Open(wire.Address{Target: address}, s.credentials)
		if err != nil {
			return nil, fmt.Errorf("the address %s cannot be used: %w", address, err)
		}
		s.endpoints[address] = &endpoint{address, channel}
	}
	return s.endpoints[address], nil
}

// close ends the connections and every watch on them.
func (s *services) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.isClosed = true
	var failures []error
	for _, each := range s.endpoints {
		failures = append(failures, each.channel.Close())
	}
	clear(s.endpoints)
	return errors.Join(failures...)
}

// callUnary makes one call, which takes at most 30 seconds. One that was refused is sent again, elsewhere if there are others.
func callUnary[Service, Request, Answer any](
	ctx context.Context, s *services, open func(grpc.ClientConnInterface) Service,
	method func(Service, context.Context, Request, ...grpc.CallOption) (Answer, error), request Request,
) (Answer, error) {
	var none Answer
	for resends := s.maxResends(); ; resends-- {
		found, err := s.reach(ctx)
		if err != nil {
			return none, err
		}
		limited, cancel := context.WithTimeout(ctx, callTimeout)
		answer, err := method(open(found.channel), limited, request)
		cancel()
		if err == nil {
			return answer, nil
		}
		err = wire.FromCall(ctx, err, found.address)
		if ctx.Err() != nil {
			return none, context.Cause(ctx)
		}
		var refusal *wire.Error
		if errors.As(err, &refusal) && (refusal.Code == codes.Unavailable || refusal.Code == codes.DeadlineExceeded) {
			s.leave(found)
		}
		if !isRefused(err) || resends == 0 {
			return none, err
		}
	}
}

// list gives every item of a list, read page by page as it is needed. read asks for a page of a size, by its token.
func list[Message, Item any](read func(pageSize int32, token string) ([]Message, string, error), convert func(Message) Item) iter.Seq2[Item, error] {
	return wire.Pages(func(token string) ([]Item, string, error) {
		messages, next, err := read(pageSize, token)
		items := make([]Item, len(messages))
		for at, message := range messages {
			items[at] = convert(message)
		}
		return items, next, err
	})
}
