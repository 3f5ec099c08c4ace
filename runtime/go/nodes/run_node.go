package nodes

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/fanout/fanout/runtime/go/wire"
)

// RunOptions are what a test gives a node besides its inputs.
type RunOptions struct {
	// Store is the store of the run; nil: an empty one.
	Store *MemoryStore
	// Secrets are the values of secrets, by name.
	Secrets map[string]string
	// Attempt is 1 if it is absent.
	Attempt int
	// Logger takes what the node logs; nil: nobody does.
	Logger *slog.Logger
}

// RunNode runs a node without a server, with the checks that a run makes, and gives its outputs. A united list is given with ListOf.
//
// Errors are what the node returns, signals among them; a *NotRetryableError for bad inputs or outputs, or a secret that is
// missing; StoreInvalid.
func RunNode[In, Out any](ctx context.Context, node *Node[In, Out], in In, options ...RunOptions) ([]Out, error) {
	definition := node.definition
	if definition.Err != nil {
		return nil, definition.Err
	}
	var given RunOptions
	if len(options) > 0 {
		given = options[0]
	}
	inputs, err := checkedInputs(definition, in)
	if err != nil {
		return nil, err
	}
	if given.Store == nil {
		given.Store = &MemoryStore{}
	}
	if given.Logger == nil {
		given.Logger = slog.New(slog.DiscardHandler)
	}
	own := newSurroundings(ctx, Surroundings{
		Facts: Facts{
			NodeName: definition.Name, Identifier: definition.Name, GraphName: "test", RunID: "run", StateID: "run.0",
			IdempotencyKey: "key", Attempt: max(1, given.Attempt),
		},
		Host:    testHost{given.Store},
		Secrets: given.Secrets,
		Logger:  given.Logger,
	})
	var outs []Out
	err = call(own, definition, inputs, nil, func(value any) error {
		if _, err := encodeOutput(value, len(outs)); err != nil {
			return err
		}
		outs = append(outs, value.(Out))
		return context.Cause(ctx)
	})
	changes := own.takeChanges()
	if err != nil && !isSignal(err) {
		return nil, err
	}
	return outs, errors.Join(err, given.Store.apply(changes...))
}

// checkedInputs are inputs as a run would hand them out: they fit the schema.
func checkedInputs(definition *Definition, in any) (string, error) {
	text, err := encodeJSON(in)
	if err != nil {
		return "", fmt.Errorf("the inputs of %s cannot be written as JSON: %w", definition.Name, err)
	}
	if err := Fits(definition.Inputs, text); err != nil {
		return "", wire.NotRetryable("INPUT_INVALID", "the inputs of %s break its schema: %w", definition.Name, err)
	}
	return text, nil
}

func isSignal(err error) bool {
	var prune *PruneSignal
	var requeue *RequeueSignal
	return errors.As(err, &prune) || errors.As(err, &requeue)
}

// testHost is a host without a server.
type testHost struct{ store *MemoryStore }

func (h testHost) OpenStore() Store { return h.store }

func (testHost) Heartbeat(string) {}

func (testHost) ContinueFrom(index int) error {
	if index != 0 {
		return fmt.Errorf("continue from %d: 0 outputs were accepted, and the next one has the index 0", index)
	}
	return nil
}
