package nodes

import (
	"fmt"
	"regexp"
	"slices"
	"time"
)

const (
	maxDescription = 4_096
	maxConcurrency = 100_000
	// maxTimer is the longest time that an option may ask to wait.
	maxTimer = 24 * 24 * time.Hour
)

var namePattern = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,128}$`)

// AnyNode is code that a runtime hosts, whatever its inputs and outputs.
type AnyNode interface {
	// Definition tells what runtimes and graphs need to know of the node.
	Definition() *Definition
}

// Node is code that a runtime hosts: it takes an In, and gives outputs that are Outs.
type Node[In, Out any] struct {
	definition *Definition
}

// Definition tells what runtimes and graphs need to know of the node.
func (n *Node[In, Out]) Definition() *Definition { return n.definition }

// Definition is what runtimes and graphs need to know of a node.
type Definition struct {
	// Name is unique in the namespace.
	Name string
	// Description is its purpose, in a sentence.
	Description string
	// Inputs is the schema of its inputs.
	Inputs *Schema
	// Outputs is the schema of one output.
	Outputs *Schema
	// IteratorInputs are the inputs that are read in pages.
	IteratorInputs []string
	// OpenFanOut tells that each output becomes a branch at once.
	OpenFanOut bool
	// Concurrency is the most executions at once in one runtime; 0: as many as the runtime takes.
	Concurrency int
	// Timeout is the longest that one execution may take in this process; 0: without a limit.
	Timeout time.Duration
	// Rate is how many of its states are handed out in a span of time, whichever graphs place it; nil: any number.
	Rate *Rate
	// Secrets are the names of the secrets that it needs.
	Secrets []string
	// Err is a mistake in the declaration, told by whatever the node is given to.
	Err error

	run runner
}

// runner decodes inputs, calls the function of the node, and hands over each output as it comes.
type runner func(ctx *surroundings, inputs string, pages Pages, output func(any) error) error

// Func declares a node that has one output. With struct{} as Out it returns nothing, and the output is `{}`.
//
// The name is unique in the namespace, `[A-Za-z0-9_.-]{1,128}`. The schemas of inputs and outputs are made of In and Out; a
// mistake in the declaration is told by what the node is given to: a runtime, a graph or a test.
func Func[In, Out any](name string, run func(ctx Context, in In) (Out, error), options ...Option) *Node[In, Out] {
	return declare(name, options, func(ctx Context, in In, emit func(Out) error) error {
		out, err := run(ctx, in)
		if err != nil {
			return err
		}
		return emit(out)
	})
}

// FanOut declares a node that returns a list: one branch for each output, and none for an empty list.
func FanOut[In, Out any](name string, run func(ctx Context, in In) ([]Out, error), options ...Option) *Node[In, Out] {
	return declare(name, options, func(ctx Context, in In, emit func(Out) error) error {
		outs, err := run(ctx, in)
		if err != nil {
			return err
		}
		for _, out := range outs {
			if err := emit(out); err != nil {
				return err
			}
		}
		return nil
	})
}

// OpenFanOut declares a node whose outputs become branches at once, while it goes on. Executed again after a crash, it has to
// come to the same outputs: those that were accepted before are not sent again. emit waits while too many outputs are
// unanswered, and returns an error when the work is not wanted any more; it is to be called by one goroutine at a time.
func OpenFanOut[In, Out any](name string, run func(ctx Context, in In, emit func(Out) error) error, options ...Option) *Node[In, Out] {
	node := declare(name, options, run)
	node.definition.OpenFanOut = true
	return node
}

// Option is an option of a node.
type Option func(*Definition) error

// Describe says what the node is for, in a sentence.
func Describe(purpose string) Option {
	return func(definition *Definition) error {
		definition.Description = cutToBytes(purpose, maxDescription)
		return nil
	}
}

// Concurrency is the most executions at once in one runtime.
func Concurrency(most int) Option {
	return func(definition *Definition) error {
		definition.Concurrency = most
		return CheckConcurrency("concurrency", most)
	}
}

// Timeout is the longest that one execution may take in this process; then its context ends, and it fails with TIMEOUT.
func Timeout(longest time.Duration) Option {
	return func(definition *Definition) error {
		definition.Timeout = longest
		return CheckTimer("timeout", longest)
	}
}

// Secrets names the secrets that the node needs: the graph has them, and the context too.
func Secrets(names ...string) Option {
	return func(definition *Definition) error {
		definition.Secrets = append(definition.Secrets, names...)
		for _, name := range names {
			if !namePattern.MatchString(name) || name == "__proto__" {
				return fmt.Errorf("a secret has a name of 1 to 128 of A-Z a-z 0-9 _ . -: give the name, and not the value")
			}
		}
		return nil
	}
}

// CheckConcurrency refuses a number of executions that is none.
func CheckConcurrency(what string, most int) error {
	if most < 1 || most > maxConcurrency {
		return fmt.Errorf("%s %d: must be from 1 to %d", what, most, maxConcurrency)
	}
	return nil
}

// CheckTimer refuses a time that nothing can wait for.
func CheckTimer(what string, duration time.Duration) error {
	if duration <= 0 || duration > maxTimer {
		return fmt.Errorf("%s %v: must be more than 0, and at most 24 days", what, duration)
	}
	return nil
}

// CheckNodes refuses nodes that cannot be hosted together.
func CheckNodes(given []AnyNode) error {
	if len(given) == 0 {
		return fmt.Errorf("nodes: a runtime hosts at least one")
	}
	names := make([]string, 0, len(given))
	for at, node := range given {
		if node == nil {
			return fmt.Errorf("nodes: number %d is nil", at)
		}
		definition := node.Definition()
		if definition.Err != nil {
			return definition.Err
		}
		if slices.Contains(names, definition.Name) {
			return fmt.Errorf("nodes: two of them have the name %q", definition.Name)
		}
		names = append(names, definition.Name)
	}
	return nil
}

func declare[In, Out any](name string, options []Option, run func(Context, In, func(Out) error) error) *Node[In, Out] {
	definition := &Definition{Name: name}
	node := &Node[In, Out]{definition}
	if !namePattern.MatchString(name) {
		definition.Err = fmt.Errorf("node name %q: must be 1 to 128 of A-Z a-z 0-9 _ . -", name)
		return node
	}
	for _, option := range options {
		if err := option(definition); err != nil {
			definition.Err = fmt.Errorf("node %s: %w", name, err)
			return node
		}
	}
	inputs, err := readInputs[In](name)
	if err != nil {
		definition.Err = fmt.Errorf("node %s: its inputs: %w", name, err)
		return node
	}
	if definition.Outputs, err = outputSchema[Out](); err != nil {
		definition.Err = fmt.Errorf("node %s: its outputs: %w", name, err)
		return node
	}
	definition.Inputs, definition.IteratorInputs = inputs.schema, inputs.iterators()
	definition.run = func(ctx *surroundings, text string, pages Pages, output func(any) error) error {
		var in In
		if err := inputs.decode(ctx, text, pages, &in); err != nil {
			return err
		}
		return run(ctx, in, func(out Out) error { return output(out) })
	}
	return node
}
