package graph

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/fanout/fanout/runtime/go/nodes"
)

var namePattern = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,128}$`)

// Order says which branches go first.
type Order string

const (
	// DepthFirst finishes what has begun first.
	DepthFirst Order = "DEPTH_FIRST"
	// BreadthFirst begins all branches before it goes on with any.
	BreadthFirst Order = "BREADTH_FIRST"
)

// Type is the type of an object, of which references and checks are made. TypeOf makes one.
type Type struct {
	schema *schema
	err    error
}

// TypeOf is the type of an object: a struct with json tags, or a map.
func TypeOf[T any]() Type {
	made, err := nodes.SchemaFor[T]()
	return Type{made, err}
}

// Store has the contents of the store of a run at its start; a graph can name no other keys in its inputs, but nodes may add some.
type Store struct {
	// Required are keys that every trigger has to give.
	Required Type
	// Defaults are values of keys that a trigger may give.
	Defaults map[string]any
}

// Options are those of a graph. What is absent has a usual value.
type Options struct {
	// Inputs are those of the trigger. They also reach the first node, by name, over its own. Absent: anything goes.
	Inputs Type
	// Secrets are values by name, for the nodes that need them. Only Upsert and Validate send them.
	Secrets map[string]string
	// Retry is the rule for trying failed work again, for places without their own.
	Retry *Retry
	// Order is DepthFirst if absent.
	Order    Order
	Limits   *Limits
	Triggers []Trigger
	Store    *Store
	// Labels are those by which runs are found, at most 8; a trigger may give others.
	Labels map[string]string
}

// Builder says what follows what. Mistakes are collected, and told by Build.
type Builder struct {
	name    string
	options Options
	nodes   []*nodeTemplate
	errs    []error
}

// Place is a place in a graph: a node, and where it stands.
type Place struct {
	identifier string
	out        Ref
	template   *nodeTemplate
	builder    *Builder
}

// Places are several of them.
type Places []*Place

// Parents are a *Place, or Places.
type Parents interface{ places() []*Place }

func (p *Place) places() []*Place { return []*Place{p} }
func (p Places) places() []*Place { return p }

// Identifier is its name in the graph: in the template, in states, results and failures.
func (p *Place) Identifier() string { return p.identifier }

// Out names an output of the node, or with more names a field further inside.
func (p *Place) Out(names ...string) Ref { return p.out.Field(names...) }

// Inputs are those of a node at a place: plain values, references, and what has references in it.
type Inputs = map[string]any

// PlaceOption is an option of a place.
type PlaceOption func(*placement)

type placement struct {
	identifier  string
	retry       *Retry
	timeout     time.Duration
	maxParallel int
	rate        *Rate
}

// ID names a place, unique in the graph, `[A-Za-z0-9_-]{1,128}`; without it the name is made of the node's.
func ID(identifier string) PlaceOption { return func(of *placement) { of.identifier = identifier } }

// Retries is a rule in place of the graph's.
func Retries(rule Retry) PlaceOption { return func(of *placement) { of.retry = &rule } }

// AttemptTimeout is the longest that one attempt lasts, wherever it runs.
func AttemptTimeout(longest time.Duration) PlaceOption {
	return func(of *placement) { of.timeout = longest }
}

// MaxParallel is the number of states of one run that are handed out at once, at most.
func MaxParallel(most int) PlaceOption { return func(of *placement) { of.maxParallel = most } }

// HandedOutAt limits the rate at which its states are handed out, over all runs of the graph.
func HandedOutAt(rate Rate) PlaceOption { return func(of *placement) { of.rate = &rate } }

// New begins a graph.
func New(name string, options ...Options) *Builder {
	made := &Builder{name: name}
	if len(options) > 0 {
		made.options = options[0]
	}
	if !namePattern.MatchString(name) {
		made.fail("a name must be 1 to 128 of A-Z a-z 0-9 _ . -")
	}
	if err := made.options.Inputs.err; err != nil {
		made.fail("its inputs: %v", err)
	}
	for _, secret := range namesOf(made.options.Secrets) {
		if made.options.Secrets[secret] == "" {
			made.fail("the secret %s has no value: set it, or remove it from the graph", secret)
		}
	}
	return made
}

// Trigger names an input of the trigger, or with more names a field further inside.
func (b *Builder) Trigger(names ...string) Ref {
	return b.root("trigger", b.options.Inputs.schema, "the trigger of graph "+b.name).Field(names...)
}

// Store names a key of the run's store, as it is when the node is handed out.
func (b *Builder) Store(names ...string) Ref {
	return b.root("store", b.storeSchema(), "the store of graph "+b.name).Field(names...)
}

// Counts names a number of branches in a uniting node, by how they ended: total, succeeded, failed, pruned, unfinished, left_out.
func (b *Builder) Counts(name string) Ref {
	counts := &schema{Type: "object", Properties: map[string]*schema{}}
	for _, each := range []string{"total", "succeeded", "failed", "pruned", "unfinished", "left_out"} {
		counts.Properties[each] = &schema{Type: "integer"}
	}
	return b.united("unite.counts", counts).Field(name)
}

// Failures are those in the branches, in a uniting node. An input that is read in pages has all of them; any other one the first
// 1,000 at most, with messages cut to 256 characters: see FailuresLeftOut.
func (b *Builder) Failures() Ref {
	failure := &schema{Type: "object", Properties: map[string]*schema{}}
	for _, each := range []string{"identifier", "path", "code", "message"} {
		failure.Properties[each] = &schema{Type: "string"}
	}
	return b.united("unite.failures", &schema{Type: "array", Items: failure})
}

// FailuresLeftOut is the number of failures that Failures leaves out where it is not read in pages.
func (b *Builder) FailuresLeftOut() Ref {
	return b.united("unite.failures_left_out", &schema{Type: "integer"})
}

// Partial is true in a uniting node that runs before all branches have finished: the others are left out.
func (b *Builder) Partial() Ref { return b.united("unite.partial", &schema{Type: "boolean"}) }

// WindowNumber is 1, 2, 3 …, in a uniting node that has windows; otherwise null.
func (b *Builder) WindowNumber() Ref {
	return b.united("unite.window", &schema{Types: []string{"null", "integer"}})
}

// Final is true in a uniting node if no window follows.
func (b *Builder) Final() Ref { return b.united("unite.final", &schema{Type: "boolean"}) }

// Start places the node that every run begins with.
func (b *Builder) Start(node nodes.AnyNode, inputs Inputs, options ...PlaceOption) *Place {
	if len(b.nodes) > 0 {
		b.fail("a graph has one start; place %s after another node", node.Definition().Name)
	}
	return b.add(nil, node, inputs, nil, options)
}

// After places a node that runs once for each output of its parent, or of each of several.
func (b *Builder) After(parents Parents, node nodes.AnyNode, inputs Inputs, options ...PlaceOption) *Place {
	return b.add(b.parents(parents, node), node, inputs, nil, options)
}

// Unite places a node that runs once, when all branches of one execution of the united place have come through its parents, or
// as the policy says. AllOf makes lists of what the branches came to.
func (b *Builder) Unite(united *Place, parents Parents, node nodes.AnyNode, inputs Inputs, policy Policy, options ...PlaceOption) *Place {
	b.own(united)
	if err := policy.check(); err != nil {
		b.fail("%s: %v", node.Definition().Name, err)
	}
	return b.add(b.parents(parents, node), node, inputs, policy.template(united.identifier), options)
}

// Build gives the graph, or all mistakes in it: each an *Error, joined. ends are the places whose outputs a call gives; none: all ends.
func (b *Builder) Build(ends ...*Place) (*Graph, error) {
	if len(b.nodes) == 0 {
		b.fail("it has no start")
	}
	made := &Graph{name: b.name, secrets: b.options.Secrets, inputs: b.options.Inputs.schema}
	for _, end := range b.own(Places(ends)) {
		if following := end.template.NextNodes; len(following) > 0 {
			b.fail(`it gives the outputs of "%s", but "%s" follows it: only ends have results`, end.identifier, following[0])
		}
		made.ends = append(made.ends, end.identifier)
	}
	made.template = template{
		Nodes:       b.nodes,
		Secrets:     hidden(b.options.Secrets),
		RetryPolicy: b.options.Retry.template(),
		Order:       b.options.Order,
		Limits:      b.options.Limits.template(),
		Triggers:    b.triggers(),
		Labels:      b.options.Labels,
	}
	if store := b.options.Store; store != nil {
		if store.Required.err != nil {
			b.fail("the store: %v", store.Required.err)
		} else if required := store.Required.schema; required != nil {
			made.required = namesOf(required.Properties)
		}
		made.template.StoreConfig = &storeTemplate{made.required, store.Defaults}
	}
	if err := errors.Join(b.errs...); err != nil {
		return nil, err
	}
	return made, nil
}

// MustBuild is Build for a graph that a program cannot do without, such as a variable of a package: a mistake panics.
func (b *Builder) MustBuild(ends ...*Place) *Graph {
	made, err := b.Build(ends...)
	if err != nil {
		panic(err)
	}
	return made
}

func (b *Builder) add(parents []*Place, node nodes.AnyNode, inputs Inputs, unites *unitesTemplate, options []PlaceOption) *Place {
	definition := node.Definition()
	if definition.Err != nil {
		b.fail("%v", definition.Err)
	}
	var of placement
	for _, option := range options {
		option(&of)
	}
	b.checkInputs(definition, inputs, len(parents) == 0, unites != nil)
	b.checkSecrets(definition)
	if of.identifier == "" {
		of.identifier = chooseIdentifier(definition.Name, b.isTaken)
	} else if err := checkIdentifier(of.identifier, b.isTaken); err != nil {
		b.fail("%v", err)
	}
	made := &nodeTemplate{
		NodeName: definition.Name, Identifier: of.identifier, Inputs: written(inputs).(Inputs), Unites: unites,
		RetryPolicy: of.retry.template(), TimeoutMs: millis(of.timeout), MaxParallel: of.maxParallel,
		Rate: b.rate(definition.Name, of.rate), NextNodes: []string{},
	}
	b.nodes = append(b.nodes, made)
	for _, parent := range parents {
		if !slices.Contains(parent.template.NextNodes, of.identifier) {
			parent.template.NextNodes = append(parent.template.NextNodes, of.identifier)
		}
	}
	out := b.root(of.identifier+".outputs", definition.Outputs, "the output of "+definition.Name)
	return &Place{of.identifier, out, made, b}
}

func (b *Builder) isTaken(identifier string) bool {
	return slices.ContainsFunc(b.nodes, func(each *nodeTemplate) bool { return each.Identifier == identifier })
}

// parents are the places after which a node is placed.
func (b *Builder) parents(given Parents, node nodes.AnyNode) []*Place {
	if len(given.places()) == 0 {
		b.fail("%s is placed after at least one place", node.Definition().Name)
	}
	return b.own(given)
}

// own are the places that are in this graph.
func (b *Builder) own(parents Parents) []*Place {
	var found []*Place
	for _, place := range parents.places() {
		if place.builder != b {
			b.fail(`"%s" is a place in another graph`, place.identifier)
			continue
		}
		found = append(found, place)
	}
	return found
}

func (b *Builder) root(path string, of *schema, owner string) Ref {
	if of == nil {
		of = &schema{}
	}
	return Ref{path: path, schema: of, owner: owner, builder: b}
}

func (b *Builder) united(path string, of *schema) Ref {
	return Ref{path: path, schema: of, isUnited: true, builder: b}
}

func (b *Builder) fail(format string, values ...any) {
	b.errs = append(b.errs, &Error{b.name, fmt.Sprintf(format, values...), callerPlace()})
}
