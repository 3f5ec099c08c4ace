package nodes

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/fanout/fanout/runtime/go/fanoutv1"
)

// Absent stands for no value: `CompareAndSet(ctx, key, fanout.Absent, value)` sets a key that is not there.
var Absent any = absent{}

type absent struct{}

func (absent) String() string { return "absent" }

// Compared is the outcome of a CompareAndSet.
type Compared struct {
	// IsApplied tells that the value was as expected, and is changed.
	IsApplied bool
	// Value is JSON of what is there afterwards; nil: nothing.
	Value json.RawMessage
}

// Store is the key-value data of a run, read and changed at once.
//
// A node that is executed again, after an error or a crash, makes its changes again: for those that have to count once there
// is Context.Report. Keys are `[A-Za-z0-9_-]{1,128}`, values whatever JSON can say. Errors are *Error: StoreInvalid, or
// StaleLease when the work is not wanted any more.
type Store interface {
	// Get reads a value, and tells whether there is one.
	Get(ctx context.Context, key string, into any) (bool, error)
	// GetMany gives JSON of those keys that are there, read at one instant as far as they fit one answer.
	GetMany(ctx context.Context, keys ...string) (map[string]json.RawMessage, error)
	// Set sets the value of a key, whatever it was.
	Set(ctx context.Context, key string, value any) error
	// Delete removes a key; harmless if there is none.
	Delete(ctx context.Context, key string) error
	// Increment adds to a number, and gives the sum; no value counts as 0. Whole numbers are exact up to 2^53.
	Increment(ctx context.Context, key string, by float64) (float64, error)
	// Append appends to a list; no value counts as [].
	Append(ctx context.Context, key string, item any) error
	// CompareAndSet sets a value if it is as expected. Absent means none: expected, that there is none; given, to delete it.
	CompareAndSet(ctx context.Context, key string, expected, value any) (Compared, error)
}

// ReportedChanges are changes to the store that travel with the node's result and count when it does: once.
//
// What an execution has collected is forgotten if it returns an error. If one of them breaks a rule, the state fails with
// STORE_INVALID. At most 256.
type ReportedChanges struct {
	mu      sync.Mutex
	changes []*fanoutv1.StoreChange
	isTaken bool
}

// Set sets the value of a key, whatever it was.
func (r *ReportedChanges) Set(key string, value any) error {
	change, err := SetChange(key, value)
	if err != nil {
		return err
	}
	return r.add(change)
}

// Delete removes a key; harmless if there is none.
func (r *ReportedChanges) Delete(key string) error { return r.add(DeleteChange(key)) }

// Increment adds to a number; no value counts as 0.
func (r *ReportedChanges) Increment(key string, by float64) error {
	return r.add(IncrementChange(key, by))
}

// Append appends to a list; no value counts as [].
func (r *ReportedChanges) Append(key string, item any) error {
	change, err := AppendChange(key, item)
	if err != nil {
		return err
	}
	return r.add(change)
}

// take takes what was collected; from now on nothing more is.
func (r *ReportedChanges) take() []*fanoutv1.StoreChange {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.isTaken = true
	return r.changes
}

func (r *ReportedChanges) add(change *fanoutv1.StoreChange) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.isTaken {
		return fmt.Errorf("the store key %q cannot be changed: the node has returned", change.Key)
	}
	r.changes = append(r.changes, change)
	return nil
}

// SetChange is the change that sets a value.
func SetChange(key string, value any) (*fanoutv1.StoreChange, error) {
	text, err := EncodeValue(key, value)
	return &fanoutv1.StoreChange{Key: key, Change: &fanoutv1.StoreChange_SetJson{SetJson: text}}, err
}

// DeleteChange is the change that removes a key.
func DeleteChange(key string) *fanoutv1.StoreChange {
	return &fanoutv1.StoreChange{Key: key, Change: &fanoutv1.StoreChange_Delete{Delete: true}}
}

// IncrementChange is the change that adds to a number.
func IncrementChange(key string, by float64) *fanoutv1.StoreChange {
	return &fanoutv1.StoreChange{Key: key, Change: &fanoutv1.StoreChange_Increment{Increment: by}}
}

// AppendChange is the change that appends to a list.
func AppendChange(key string, item any) (*fanoutv1.StoreChange, error) {
	text, err := EncodeValue(key, item)
	return &fanoutv1.StoreChange{Key: key, Change: &fanoutv1.StoreChange_AppendJson{AppendJson: text}}, err
}

// EncodeValue is the JSON of a value for the store.
func EncodeValue(key string, value any) (string, error) {
	if value == Absent {
		return "", fmt.Errorf("the store key %q cannot be Absent: delete it", key)
	}
	text, err := encodeJSON(value)
	if err != nil {
		return "", fmt.Errorf("the value for the store key %q is nothing that JSON can say: %w", key, err)
	}
	return text, nil
}

// Decode reads JSON without losing digits: numbers in an `any` are json.Number.
func Decode(text string, into any) error { return decodeExactly(text, into) }

// Encode is the JSON of any value.
func Encode(value any) (string, error) { return encodeJSON(value) }
