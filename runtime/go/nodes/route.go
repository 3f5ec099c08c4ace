package nodes

import "reflect"

// Routed is an output, and the next nodes that it goes to: the Out of a node that chooses among them.
type Routed[Out any] struct {
	Output Out
	// NextNodes are identifiers of next nodes; nil: all of them, empty: none.
	NextNodes []string
}

// Route sends an output to some of the next nodes only, by their identifiers in the graph; to none if there are none.
func Route[Out any](output Out, nextNodes ...string) Routed[Out] {
	return Routed[Out]{output, append([]string{}, nextNodes...)}
}

// ToAll sends an output to all next nodes, as outputs without a route go.
func ToAll[Out any](output Out) Routed[Out] {
	return Routed[Out]{Output: output}
}

// routedOutput is a Routed of any type.
type routedOutput interface {
	outputType() reflect.Type
	parts() (output any, nextNodes []string)
}

func (r Routed[Out]) outputType() reflect.Type { return reflect.TypeFor[Out]() }

func (r Routed[Out]) parts() (any, []string) { return r.Output, r.NextNodes }
