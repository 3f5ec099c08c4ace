package fanout

import (
	"context"
	"time"

	"github.com/fanout/fanout/runtime/go/nodes"
)

type (
	// AnyNode is code that a runtime hosts, whatever its inputs and outputs.
	AnyNode = nodes.AnyNode
	// Node is code that a runtime hosts: it takes an In, and gives outputs that are Outs.
	Node[In, Out any] = nodes.Node[In, Out]
	// NodeOption is an option of a node: Describe, Concurrency, Timeout or Secrets.
	NodeOption = nodes.Option
	// BatchItem is one execution in a batch.
	BatchItem[In any] = nodes.BatchItem[In]
	// BatchResult is what one execution of a batch comes to.
	BatchResult[Out any] = nodes.BatchResult[Out]
	// Context is the surroundings of one execution: what a node may know and do while it runs.
	Context = nodes.Context
	// Routed is an output, and the next nodes that it goes to: the Out of a node that chooses among them.
	Routed[Out any] = nodes.Routed[Out]
	// United is an input that is read in pages while the node runs.
	United[Item any] = nodes.United[Item]
	// Store is the key-value data of a run.
	Store = nodes.Store
	// Compared is the outcome of a CompareAndSet.
	Compared = nodes.Compared
	// ReportedChanges are changes to the store that travel with the node's result.
	ReportedChanges = nodes.ReportedChanges
	// PruneSignal is what Prune makes.
	PruneSignal = nodes.PruneSignal
	// RequeueSignal is what RequeueAfter makes.
	RequeueSignal = nodes.RequeueSignal
	// MemoryStore is a store in memory, for tests of single nodes.
	MemoryStore = nodes.MemoryStore
	// RunOptions are what a test gives a node besides its inputs.
	RunOptions = nodes.RunOptions
)

// Absent stands for no value in a CompareAndSet.
var Absent = nodes.Absent

// Func declares a node that has one output. With struct{} as Out it returns nothing, and the output is `{}`.
//
// The name is unique in the namespace, `[A-Za-z0-9_.-]{1,128}`. The schemas of inputs and outputs are made of In and Out; a
// mistake in the declaration is told by what the node is given to: a runtime, a graph or a test.
func Func[In, Out any](name string, run func(ctx Context, in In) (Out, error), options ...NodeOption) *Node[In, Out] {
	return nodes.Func(name, run, options...)
}

// FanOut declares a node that returns a list: one branch for each output, and none for an empty list.
func FanOut[In, Out any](name string, run func(ctx Context, in In) ([]Out, error), options ...NodeOption) *Node[In, Out] {
	return nodes.FanOut(name, run, options...)
}

// OpenFanOut declares a node whose outputs become branches at once, while it goes on. Executed again after a crash, it has to
// come to the same outputs: those that were accepted before are not sent again. emit waits while too many outputs are
// unanswered, and returns an error when the work is not wanted any more; it is to be called by one goroutine at a time.
func OpenFanOut[In, Out any](name string, run func(ctx Context, in In, emit func(Out) error) error, options ...NodeOption) *Node[In, Out] {
	return nodes.OpenFanOut(name, run, options...)
}

// Batch declares a node whose executions are made together where that is cheaper: rows of one insert, texts of one call of a model.
//
// A batch has size executions, 2 to 10,000, or as many as there are when the first of them has waited for within. run returns one
// result for each item, in their order; an error of it fails all of them. Each execution keeps a lease, an attempt and a
// result of its own, and takes a place of the runtime while it waits, so a runtime needs as many places as a batch is large.
// One that is cancelled before its batch begins leaves it.
func Batch[In, Out any](name string, size int, within time.Duration, run func(items []BatchItem[In]) ([]BatchResult[Out], error), options ...NodeOption) *Node[In, Out] {
	return nodes.Batch(name, size, within, run, options...)
}

// Describe says what a node is for, in a sentence.
func Describe(purpose string) NodeOption { return nodes.Describe(purpose) }

// Concurrency is the most executions of a node at once in one runtime.
func Concurrency(most int) NodeOption { return nodes.Concurrency(most) }

// Timeout is the longest that one execution may take in this process; then its context ends, and it fails with TIMEOUT.
func Timeout(longest time.Duration) NodeOption { return nodes.Timeout(longest) }

// Secrets names the secrets that a node needs: the graph has them, and the context too.
func Secrets(names ...string) NodeOption { return nodes.Secrets(names...) }

// Route sends an output to some of the next nodes only, by their identifiers in the graph; to none if there are none.
func Route[Out any](output Out, nextNodes ...string) Routed[Out] {
	return nodes.Route(output, nextNodes...)
}

// Labelled sends an output to all next nodes, with a label for people that names it, and all that grows from it until another
// one does.
func Labelled[Out any](output Out, label string) Routed[Out] { return nodes.Labelled(output, label) }

// ToAll sends an output to all next nodes, as outputs without a route go.
func ToAll[Out any](output Out) Routed[Out] { return nodes.ToAll(output) }

// ListOf is a united list of items that are there, for tests.
func ListOf[Item any](items ...Item) United[Item] { return nodes.ListOf(items...) }

// Prune is returned by a node as its error: its branch ends here. That is no failure; a unite counts the branch as pruned,
// and its outputs are in no list. data are kept with the state: whatever JSON can say, as large as an output may be, or nil.
func Prune(data any) error { return nodes.Prune(data) }

// RequeueAfter is returned by a node as its error: it runs again after a while, a year at most, with its inputs evaluated
// anew. That is no failure: the attempt does not count, and no retry policy applies.
func RequeueAfter(delay time.Duration) error { return nodes.RequeueAfter(delay) }

// NewMemoryStore makes a store in memory that begins with some values.
func NewMemoryStore(values map[string]any) (*MemoryStore, error) { return nodes.NewMemoryStore(values) }

// RunNode runs a node without a server, with the checks that a run makes, and gives its outputs. A united list is given with ListOf.
//
// Errors are what the node returns, signals among them; a *NotRetryableError for bad inputs or outputs, or a secret that is
// missing; StoreInvalid.
func RunNode[In, Out any](ctx context.Context, node *Node[In, Out], in In, options ...RunOptions) ([]Out, error) {
	return nodes.RunNode(ctx, node, in, options...)
}
