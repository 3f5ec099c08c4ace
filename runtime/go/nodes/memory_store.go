package nodes

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"regexp"
	"sync"

	"google.golang.org/grpc/codes"

	"github.com/fanout/fanout/runtime/go/fanoutv1"
	"github.com/fanout/fanout/runtime/go/wire"
)

// maxExact is the greatest number that an increment takes or makes.
const maxExact = 1<<53 - 1

var keyPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)

// MemoryStore is a store in memory, for tests of single nodes.
type MemoryStore struct {
	mu     sync.Mutex
	values map[string]json.RawMessage
}

// NewMemoryStore makes a store that begins with some values.
func NewMemoryStore(values map[string]any) (*MemoryStore, error) {
	made := &MemoryStore{values: map[string]json.RawMessage{}}
	for key, value := range values {
		text, err := EncodeValue(key, value)
		if err != nil {
			return nil, err
		}
		made.values[key] = json.RawMessage(text)
	}
	return made, nil
}

// Values are all that it holds, as JSON.
func (m *MemoryStore) Values() map[string]json.RawMessage {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.values)
}

// Get reads a value, and tells whether there is one.
func (m *MemoryStore) Get(_ context.Context, key string, into any) (bool, error) {
	value, isThere := m.Values()[key]
	if !isThere {
		return false, nil
	}
	return true, decodeExactly(string(value), into)
}

// GetMany gives JSON of those keys that are there.
func (m *MemoryStore) GetMany(_ context.Context, keys ...string) (map[string]json.RawMessage, error) {
	values, found := m.Values(), map[string]json.RawMessage{}
	for _, key := range keys {
		if value, isThere := values[key]; isThere {
			found[key] = value
		}
	}
	return found, nil
}

// Set sets the value of a key, whatever it was.
func (m *MemoryStore) Set(_ context.Context, key string, value any) error {
	change, err := SetChange(key, value)
	if err != nil {
		return err
	}
	return m.apply(change)
}

// Delete removes a key; harmless if there is none.
func (m *MemoryStore) Delete(_ context.Context, key string) error { return m.apply(DeleteChange(key)) }

// Increment adds to a number, and gives the sum.
func (m *MemoryStore) Increment(ctx context.Context, key string, by float64) (float64, error) {
	if err := m.apply(IncrementChange(key, by)); err != nil {
		return 0, err
	}
	var sum float64
	_, err := m.Get(ctx, key, &sum)
	return sum, err
}

// Append appends to a list; no value counts as [].
func (m *MemoryStore) Append(_ context.Context, key string, item any) error {
	change, err := AppendChange(key, item)
	if err != nil {
		return err
	}
	return m.apply(change)
}

// CompareAndSet sets a value if it is as expected; Absent means none.
func (m *MemoryStore) CompareAndSet(_ context.Context, key string, expected, value any) (Compared, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	found, isThere := m.values[key]
	isAsExpected := !isThere
	if expected != Absent {
		text, err := EncodeValue(key, expected)
		if err != nil {
			return Compared{}, err
		}
		isAsExpected = isThere && isSameJSON(string(found), text)
	}
	if !isAsExpected {
		return Compared{Value: found}, nil
	}
	change, err := DeleteChange(key), error(nil)
	if value != Absent {
		change, err = SetChange(key, value)
	}
	if err == nil {
		err = m.applyAll([]*fanoutv1.StoreChange{change})
	}
	return Compared{IsApplied: err == nil, Value: m.values[key]}, err
}

func (m *MemoryStore) apply(changes ...*fanoutv1.StoreChange) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.applyAll(changes)
}

// applyAll makes all changes, or none.
func (m *MemoryStore) applyAll(changes []*fanoutv1.StoreChange) error {
	values := maps.Clone(m.values)
	for _, change := range changes {
		if err := applyTo(values, change); err != nil {
			return err
		}
	}
	m.values = values
	return nil
}

func applyTo(values map[string]json.RawMessage, change *fanoutv1.StoreChange) error {
	key := change.Key
	if !keyPattern.MatchString(key) || key == "__proto__" {
		return storeRefusal(key, "must be 1 to 128 letters, digits, _ and -, without dots, and not __proto__")
	}
	found, isThere := values[key]
	switch change := change.Change.(type) {
	case *fanoutv1.StoreChange_SetJson:
		values[key] = json.RawMessage(change.SetJson)
	case *fanoutv1.StoreChange_Delete:
		delete(values, key)
	case *fanoutv1.StoreChange_Increment:
		var number float64
		if isThere && (string(found) == "null" || json.Unmarshal(found, &number) != nil) || math.IsInf(change.Increment, 0) || math.IsNaN(change.Increment) {
			return storeRefusal(key, fmt.Sprintf("cannot be incremented by %v: both have to be numbers", change.Increment))
		}
		sum := number + change.Increment
		if max(math.Abs(number), math.Abs(change.Increment), math.Abs(sum)) > maxExact {
			return storeRefusal(key, fmt.Sprintf("cannot be incremented exactly, because a number here is beyond %d", maxExact))
		}
		text, err := EncodeValue(key, sum)
		if err != nil {
			return err
		}
		values[key] = json.RawMessage(text)
	case *fanoutv1.StoreChange_AppendJson:
		list := []json.RawMessage{}
		if isThere && (string(found) == "null" || json.Unmarshal(found, &list) != nil) {
			return storeRefusal(key, "cannot be appended to, because its value is not a list: set it first")
		}
		text, err := EncodeValue(key, append(list, json.RawMessage(change.AppendJson)))
		if err != nil {
			return err
		}
		values[key] = json.RawMessage(text)
	}
	return nil
}

// isSameJSON compares values: the order of an object's members does not count.
func isSameJSON(left, right string) bool {
	var a, b any
	return decodeExactly(left, &a) == nil && decodeExactly(right, &b) == nil && reflect.DeepEqual(a, b)
}

func storeRefusal(key, why string) error {
	return &wire.Error{Code: codes.InvalidArgument, Reason: wire.StoreInvalid, Message: fmt.Sprintf("the store key %q %s", key, why)}
}
