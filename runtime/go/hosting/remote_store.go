package hosting

import (
	"context"
	"encoding/json"
	"strconv"
	"sync"

	"github.com/fanout/fanout/runtime/go/fanoutv1"
	"github.com/fanout/fanout/runtime/go/nodes"
)

// maxKeys is the number of keys that one call reads.
const maxKeys = 100

// remoteStore is the store of a run, for one execution. Each of its calls is made again until it is answered.
type remoteStore struct {
	calls *runtimeCalls
	lease lease
	// mu lets changes be made one at a time.
	mu sync.Mutex
	// number is that of the newest change: sent again, a change is not made twice, but only as long as it is the newest.
	number int64
}

// Get reads a value, and tells whether there is one.
func (s *remoteStore) Get(ctx context.Context, key string, into any) (bool, error) {
	values, err := s.GetMany(ctx, key)
	value, isThere := values[key]
	if err != nil || !isThere {
		return false, err
	}
	return true, nodes.Decode(string(value), into)
}

// GetMany gives JSON of those keys that are there.
func (s *remoteStore) GetMany(ctx context.Context, keys ...string) (map[string]json.RawMessage, error) {
	values := map[string]json.RawMessage{}
	for len(keys) > 0 {
		answer, err := s.calls.readStore(ctx, s.lease, keys[:min(len(keys), maxKeys)])
		if err != nil {
			return nil, err
		}
		for _, entry := range answer.Entries {
			values[entry.Key] = json.RawMessage(entry.ValueJson)
		}
		// A key is always looked up: without progress this would not end.
		keys = keys[max(1, int(answer.LookedUp)):]
	}
	return values, nil
}

// Set sets the value of a key, whatever it was.
func (s *remoteStore) Set(ctx context.Context, key string, value any) error {
	change, err := nodes.SetChange(key, value)
	if err != nil {
		return err
	}
	_, err = s.change(ctx, change, nil)
	return err
}

// Delete removes a key; harmless if there is none.
func (s *remoteStore) Delete(ctx context.Context, key string) error {
	_, err := s.change(ctx, nodes.DeleteChange(key), nil)
	return err
}

// Increment adds to a number, and gives the sum.
func (s *remoteStore) Increment(ctx context.Context, key string, by float64) (float64, error) {
	answer, err := s.change(ctx, nodes.IncrementChange(key, by), nil)
	if err != nil {
		return 0, err
	}
	return strconv.ParseFloat(answer.GetValueJson(), 64)
}

// Append appends to a list; no value counts as [].
func (s *remoteStore) Append(ctx context.Context, key string, item any) error {
	change, err := nodes.AppendChange(key, item)
	if err != nil {
		return err
	}
	_, err = s.change(ctx, change, nil)
	return err
}

// CompareAndSet sets a value if it is as expected; Absent means none.
func (s *remoteStore) CompareAndSet(ctx context.Context, key string, expected, value any) (nodes.Compared, error) {
	change, there := nodes.DeleteChange(key), json.RawMessage(nil)
	if value != nodes.Absent {
		made, err := nodes.SetChange(key, value)
		if err != nil {
			return nodes.Compared{}, err
		}
		change, there = made, json.RawMessage(made.GetSetJson())
	}
	expectation := &fanoutv1.StoreExpectation{Value: &fanoutv1.StoreExpectation_Absent{Absent: true}}
	if expected != nodes.Absent {
		text, err := nodes.EncodeValue(key, expected)
		if err != nil {
			return nodes.Compared{}, err
		}
		expectation.Value = &fanoutv1.StoreExpectation_Json{Json: text}
	}
	answer, err := s.change(ctx, change, expectation)
	if err != nil {
		return nodes.Compared{}, err
	}
	if !answer.Applied {
		there = nil
		if answer.ValueJson != nil {
			there = json.RawMessage(*answer.ValueJson)
		}
	}
	return nodes.Compared{IsApplied: answer.Applied, Value: there}, nil
}

func (s *remoteStore) change(ctx context.Context, change *fanoutv1.StoreChange, expected *fanoutv1.StoreExpectation) (*fanoutv1.ChangeStoreResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.number++
	return s.calls.changeStore(ctx, s.lease, &fanoutv1.ChangeStoreRequest{Change: change, Expected: expected, ChangeNumber: s.number})
}
