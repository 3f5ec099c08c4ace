package nodes

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/fanout/fanout/runtime/go/fanoutv1"
	"github.com/fanout/fanout/runtime/go/wire"
)

// Execution is what became of one execution: Executed, Sealed, Errored, Pruned or Requeued.
type Execution interface{ isExecution() }

// Executed means that the node has returned these outputs.
type Executed struct{ Outputs []*fanoutv1.Output }

// Sealed means that all outputs of an open fan-out have been emitted.
type Sealed struct{ EmitCount int }

// Errored means that the node has returned an error, or has panicked.
type Errored struct {
	Code, Message  string
	IsNotRetryable bool
	// Stack has the places that the panic, or an error that knows them, came through; empty: none is known.
	Stack string
}

// Pruned means that the node has ended its branch.
type Pruned struct {
	// DataJSON is empty if there are no data.
	DataJSON string
}

// Requeued means that the node is to run again after a delay.
type Requeued struct{ Delay time.Duration }

func (Executed) isExecution() {}
func (Sealed) isExecution()   {}
func (Errored) isExecution()  {}
func (Pruned) isExecution()   {}
func (Requeued) isExecution() {}

// EmitSink takes the outputs of an open fan-out, one by one.
type EmitSink interface {
	// Next is the index of the next output.
	Next() int
	// Skip passes over the next output if it was accepted from an earlier attempt, and tells whether it was.
	Skip() bool
	// Emit sends an output, and waits while too many are unanswered.
	Emit(ctx context.Context, output *fanoutv1.Output) error
}

// Execute executes a node: decodes its inputs, calls its function, and checks and writes its outputs. sink takes those of an
// open fan-out, and is nil for others. It never panics. The changes to the store are those that travel with the result.
func Execute(ctx context.Context, of Surroundings, definition *Definition, inputs string, pages Pages, sink EmitSink) (Execution, []*fanoutv1.StoreChange) {
	own := newSurroundings(ctx, of)
	execution := execute(own, definition, inputs, pages, sink)
	return execution, own.takeChanges()
}

func execute(ctx *surroundings, definition *Definition, inputs string, pages Pages, sink EmitSink) Execution {
	var outputs []*fanoutv1.Output
	err := call(ctx, definition, inputs, pages, func(value any) error {
		if sink != nil && sink.Skip() {
			return nil
		}
		index := len(outputs)
		if sink != nil {
			index = sink.Next()
		}
		output, err := encodeOutput(value, index)
		if err != nil {
			return err
		}
		if sink != nil {
			return sink.Emit(ctx, output)
		}
		outputs = append(outputs, output)
		return nil
	})
	switch {
	case err != nil:
		return executionOf(err, ctx)
	case sink != nil:
		return Sealed{sink.Next()}
	default:
		return Executed{outputs}
	}
}

// Left is what became of an execution that has ended its goroutine instead of returning, so that Execute has not returned either.
var Left = Errored{Code: "NODE_ERROR", Message: "the node has ended its goroutine (runtime.Goexit, or FailNow of a test) instead of returning"}

// call calls the function of a node, and makes an error of its panic.
func call(ctx *surroundings, definition *Definition, inputs string, pages Pages, output func(any) error) (err error) {
	for _, name := range definition.Secrets {
		if _, isThere := ctx.Secrets[name]; !isThere {
			return wire.NotRetryable("SECRET_MISSING", "%s needs the secret %q, which did not come: give it in the graph, or to RunNode", definition.Name, name)
		}
	}
	defer func() {
		if value := recover(); value != nil {
			err = panicked(value)
		}
	}()
	return definition.run(ctx, inputs, pages, output)
}

// executionOf is the result for an error: a signal's own, or a failure, in which the state manager gets to see no secret.
func executionOf(err error, ctx *surroundings) Execution {
	var requeue *RequeueSignal
	if errors.As(err, &requeue) {
		return Requeued{requeue.Delay}
	}
	var prune *PruneSignal
	if errors.As(err, &prune) {
		return pruned(prune, ctx)
	}
	code, isNotRetryable := "NODE_ERROR", false
	var final *wire.NotRetryableError
	if errors.As(err, &final) {
		isNotRetryable = true
		if final.Code != "" {
			code = final.Code
		}
	}
	return Errored{Code: code, Message: failureMessage(err, ctx.hider), IsNotRetryable: isNotRetryable, Stack: stackOf(err, ctx.hider)}
}

func pruned(signal *PruneSignal, ctx *surroundings) Execution {
	if signal.Data == nil {
		return Pruned{}
	}
	text, err := encodeJSON(signal.Data)
	if err != nil {
		message := ctx.hider.hide(fmt.Sprintf("the data of the prune cannot be written as JSON: %v", err))
		return Errored{Code: "OUTPUT_INVALID", Message: message, IsNotRetryable: true}
	}
	return Pruned{text}
}

// maxLabel is the most bytes of a label.
const maxLabel = 200

func encodeOutput(value any, index int) (*fanoutv1.Output, error) {
	var route *fanoutv1.Route
	var label string
	if routed, isRouted := value.(routedOutput); isRouted {
		var nextNodes []string
		if value, nextNodes, label = routed.parts(); nextNodes != nil {
			route = &fanoutv1.Route{NextNodes: nextNodes}
		}
	}
	text, err := encodeJSON(value)
	if err != nil {
		return nil, wire.NotRetryable("OUTPUT_INVALID", "output %d cannot be written as JSON: %w", index, err)
	}
	if !strings.HasPrefix(text, "{") {
		return nil, wire.NotRetryable("OUTPUT_INVALID", "output %d is %s, and has to be a JSON object", index, cutToBytes(text, 100))
	}
	return &fanoutv1.Output{OutputJson: text, Route: route, Label: cutToBytes(label, maxLabel)}, nil
}
