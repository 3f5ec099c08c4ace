package nodes

import "reflect"

// Routed is an output, and the next nodes that it goes to: the Out of a node that chooses among them.
type Routed[Out any] struct {
	Output Out
	// NextNodes are identifiers of next nodes; nil: all of them, empty: none.
	NextNodes []string
	// Label names the output, and all that grows from it until another one does, for people; empty: none. It has at most 200
	// bytes: more is cut off.
	Label string
}

// WithLabel is the same output with a label.
func (r Routed[Out]) WithLabel(label string) Routed[Out] {
	r.Label = label
	return r
}

// Labelled sends an output to all next nodes, with a label for people.
func Labelled[Out any](output Out, label string) Routed[Out] {
	return Routed[Out]{Output: output, Label: label}
}

// Route sends an output to some of the next nodes only, by their identifiers in the graph; to none if there are none.
func Route[Out any](output Out, nextNodes ...string) Routed[Out] {
	return Routed[Out]{Output: output, NextNodes: append([]string{}, nextNodes...)}
}

// ToAll sends an output to all next nodes, as outputs without a route go.
func ToAll[Out any](output Out) Routed[Out] {
	return Routed[Out]{Output: output}
}

// routedOutput is a Routed of any type.
type routedOutput interface {
	outputType() reflect.Type
	parts() (output any, nextNodes []string, label string)
}

func (r Routed[Out]) outputType() reflect.Type { return reflect.TypeFor[Out]() }

func (r Routed[Out]) parts() (any, []string, string) { return r.Output, r.NextNodes, r.Label }
