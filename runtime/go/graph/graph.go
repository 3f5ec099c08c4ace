package graph

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"google.golang.org/grpc/codes"

	"github.com/fanout/fanout/runtime/go/nodes"
	"github.com/fanout/fanout/runtime/go/wire"
)

// Graph is a graph that is built.
type Graph struct {
	name     string
	template template
	secrets  map[string]string
	ends     []string
	inputs   *schema
	required []string
}

type template struct {
	Nodes       []*nodeTemplate   `json:"nodes"`
	Secrets     map[string]string `json:"secrets,omitempty"`
	RetryPolicy *retryTemplate    `json:"retry_policy,omitempty"`
	Order       Order             `json:"order,omitempty"`
	Limits      *limitsTemplate   `json:"limits,omitempty"`
	Triggers    []triggerTemplate `json:"triggers,omitempty"`
	StoreConfig *storeTemplate    `json:"store_config,omitempty"`
	Labels      map[string]string `json:"labels,omitempty"`
}

type nodeTemplate struct {
	NodeName    string          `json:"node_name"`
	Identifier  string          `json:"identifier"`
	Inputs      map[string]any  `json:"inputs,omitempty"`
	Unites      *unitesTemplate `json:"unites,omitempty"`
	RetryPolicy *retryTemplate  `json:"retry_policy,omitempty"`
	TimeoutMs   int64           `json:"timeout_ms,omitempty"`
	MaxParallel int             `json:"max_parallel,omitempty"`
	Rate        *rateTemplate   `json:"rate,omitempty"`
	NextNodes   []string        `json:"next_nodes"`
}

type storeTemplate struct {
	RequiredKeys  []string       `json:"required_keys,omitempty"`
	DefaultValues map[string]any `json:"default_values,omitempty"`
}

// GraphName is the name that it is stored under.
func (g *Graph) GraphName() string { return g.name }

// Ends are the places whose outputs a call gives; nil: all ends.
func (g *Graph) Ends() []string { return g.ends }

// Template is the JSON that is uploaded, with `***` for each secret.
func (g *Graph) Template() (json.RawMessage, error) {
	text, err := nodes.Encode(g.template)
	return json.RawMessage(text), err
}

// UploadedTemplate is the JSON that is uploaded, with the values of its secrets.
func (g *Graph) UploadedTemplate() (string, error) {
	whole := g.template
	whole.Secrets = g.secrets
	return nodes.Encode(whole)
}

// CheckTrigger refuses inputs that break the schema of the graph, and values for the store that lack a required key. All are JSON.
func (g *Graph) CheckTrigger(inputs string, store map[string]string) error {
	if g.inputs != nil {
		if err := nodes.Fits(g.inputs, inputs); err != nil {
			return refusal(wire.InputInvalid, fmt.Sprintf("the inputs of graph %s break its schema", g.name), "$", err.Error())
		}
	}
	var missing []string
	for _, key := range g.required {
		if _, isThere := store[key]; !isThere {
			missing = append(missing, key)
		}
	}
	if len(missing) > 0 {
		description := "give " + strings.Join(missing, ", ")
		return refusal(wire.StoreInvalid, fmt.Sprintf("the store of graph %s needs values that are not there", g.name), "$", description)
	}
	return nil
}

func refusal(reason wire.Reason, message, path, description string) error {
	violation := wire.Violation{Path: path, Code: string(reason), Description: description}
	return &wire.Error{Code: codes.InvalidArgument, Reason: reason, Message: message, Violations: []wire.Violation{violation}}
}

// hidden has the placeholder for each secret.
func hidden(secrets map[string]string) map[string]string {
	names := maps.Clone(secrets)
	for name := range names {
		names[name] = nodes.Placeholder
	}
	return names
}

// without is a schema that does not ask for some fields.
func without(of *schema, names []string) *schema {
	if of == nil {
		return nil
	}
	copied := of.CloneSchemas()
	copied.Required = slices.DeleteFunc(slices.Clone(copied.Required), func(name string) bool { return slices.Contains(names, name) })
	return copied
}
