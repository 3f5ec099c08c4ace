package nodes

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/fanout/fanout/runtime/go/wire"
)

// maxBatch is the most executions in one batch.
const maxBatch = 10_000

// BatchItem is one execution in a batch.
type BatchItem[In any] struct {
	// Context is its surroundings: its own state, attempt, idempotency key, log and store.
	Context Context
	// Inputs are its inputs, checked.
	Inputs In
}

// BatchResult is what one execution of a batch comes to.
type BatchResult[Out any] struct {
	// Output is its output, if Err is nil.
	Output Out
	// Err is an error or a signal that is its alone.
	Err error
}

// Batch declares a node whose executions are made together where that is cheaper: rows of one insert, texts of one call of a model.
//
// A batch has size executions, 2 to 10,000, or as many as there are when the first of them has waited for within. run returns one
// result for each item, in their order; an error of it fails all of them. Each execution keeps a lease, an attempt and a
// result of its own, and takes a place of the runtime while it waits, so a runtime needs as many places as a batch is large.
// One that is cancelled before its batch begins leaves it.
func Batch[In, Out any](name string, size int, within time.Duration, run func(items []BatchItem[In]) ([]BatchResult[Out], error), options ...Option) *Node[In, Out] {
	batches := &batches[In, Out]{name: name, size: size, within: within, run: run}
	node := declare(name, options, func(ctx Context, in In, emit func(Out) error) error {
		out, err := batches.result(BatchItem[In]{ctx, in})
		if err != nil {
			return err
		}
		return emit(out)
	})
	definition := node.definition
	if definition.Err == nil {
		definition.Err = checkBatch(definition, size, within)
	}
	return node
}

func checkBatch(definition *Definition, size int, within time.Duration) error {
	what := fmt.Sprintf("node %s: batch", definition.Name)
	if size < 2 || size > maxBatch {
		return fmt.Errorf("%s of %d: must be of 2 to %d executions", what, size, maxBatch)
	}
	if definition.Concurrency != 0 && definition.Concurrency < size {
		return fmt.Errorf("%s of %d: must be at most its concurrency, which is %d: an execution that waits for its batch takes a place", what, size, definition.Concurrency)
	}
	return CheckTimer(what+" within", within)
}

// batches collects executions of one node, and has them made together.
type batches[In, Out any] struct {
	name   string
	size   int
	within time.Duration
	run    func(items []BatchItem[In]) ([]BatchResult[Out], error)

	mutex sync.Mutex
	// next is the batch that executions join; nil: the next one makes it.
	next *batch[In, Out]
}

// batch is executions that are made together.
type batch[In, Out any] struct {
	// items are those of the executions that wait, in the order in which they came.
	items []*BatchItem[In]
	timer *time.Timer
	// done is closed when results and err are there.
	done    chan struct{}
	results map[*BatchItem[In]]BatchResult[Out]
	err     error
}

// result is what its batch gives an execution.
func (b *batches[In, Out]) result(item BatchItem[In]) (Out, error) {
	var none Out
	own := b.join(&item)
	select {
	case <-own.done:
	case <-item.Context.Done():
		if b.leave(own, &item) {
			return none, context.Cause(item.Context)
		}
		// Its place is free when the function that it is part of has returned.
		<-own.done
	}
	if own.err != nil {
		return none, own.err
	}
	result := own.results[&item]
	return result.Output, result.Err
}

func (b *batches[In, Out]) join(item *BatchItem[In]) *batch[In, Out] {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if b.next == nil {
		made := &batch[In, Out]{done: make(chan struct{})}
		made.timer = time.AfterFunc(b.within, func() { b.begin(made) })
		b.next = made
	}
	own := b.next
	own.items = append(own.items, item)
	if len(own.items) == b.size {
		b.next = nil
		own.timer.Stop()
		go b.execute(own)
	}
	return own
}

// leave takes an execution out of its batch, unless that has begun, and tells whether it did.
func (b *batches[In, Out]) leave(own *batch[In, Out], item *BatchItem[In]) bool {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if b.next != own {
		return false
	}
	own.items = slices.DeleteFunc(own.items, func(each *BatchItem[In]) bool { return each == item })
	if len(own.items) == 0 {
		own.timer.Stop()
		b.next = nil
	}
	return true
}

// begin executes a batch that has waited for long enough, unless it has begun.
func (b *batches[In, Out]) begin(waited *batch[In, Out]) {
	b.mutex.Lock()
	isNext := b.next == waited
	if isNext {
		b.next = nil
	}
	b.mutex.Unlock()
	if isNext {
		b.execute(waited)
	}
}

// execute gives each execution of a batch its result, whatever the function does.
func (b *batches[In, Out]) execute(begun *batch[In, Out]) {
	begun.err = errors.New(Left.Message)
	defer close(begun.done)
	defer func() {
		if value := recover(); value != nil {
			begun.err = panicked(value)
		}
	}()
	items := make([]BatchItem[In], len(begun.items))
	for at, item := range begun.items {
		items[at] = *item
	}
	results, err := b.run(items)
	if err == nil && len(results) != len(items) {
		err = wire.NotRetryable("OUTPUT_INVALID", "%s has returned %d results for a batch of %d: return one result for each execution, in their order", b.name, len(results), len(items))
	}
	begun.err = err
	if err != nil {
		return
	}
	begun.results = make(map[*BatchItem[In]]BatchResult[Out], len(results))
	for at, item := range begun.items {
		begun.results[item] = results[at]
	}
}
