package client

import (
	"fmt"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/fanout/fanout/runtime/go/fanoutv1"
	"github.com/fanout/fanout/runtime/go/nodes"
	"github.com/fanout/fanout/runtime/go/wire"
)

// Graph is one that can be stored: a *graph.Graph, or a NamedTemplate.
type Graph interface {
	// GraphName is the name that it is stored under.
	GraphName() string
	// UploadedTemplate is the JSON that is uploaded, with the values of its secrets.
	UploadedTemplate() (string, error)
}

// NamedTemplate is a graph that is written as JSON; it is checked by the state manager.
type NamedTemplate struct {
	// Name is `[A-Za-z0-9_.-]{1,128}`, unique in the namespace.
	Name string
	// Template is whatever encodes to the JSON of a template, such as a json.RawMessage.
	Template any
}

// GraphName is the name that it is stored under.
func (t NamedTemplate) GraphName() string { return t.Name }

// UploadedTemplate is the JSON that is uploaded.
func (t NamedTemplate) UploadedTemplate() (string, error) { return nodes.Encode(t.Template) }

// Callable is a graph that can be triggered: a *graph.Graph, a NamedTemplate, or a Named.
type Callable interface {
	GraphName() string
}

// Named is a graph that is stored under this name.
type Named string

// GraphName is the name that it is stored under.
func (n Named) GraphName() string { return string(n) }

// checkedGraph is a graph that says what a trigger has to give.
type checkedGraph interface {
	// CheckTrigger refuses inputs, and values for the store, which are JSON each.
	CheckTrigger(inputs string, store map[string]string) error
	// Ends are the places whose outputs Call gives; nil: all ends.
	Ends() []string
}

// TriggerOptions are those of a run that is started. What is absent has a usual value.
type TriggerOptions struct {
	// Key gives the same run when it is given again, at most 256 characters.
	Key string
	// Priority lets higher runs go first, -100 to 100.
	Priority int
	// StartAt is the instant before which nothing is handed out; zero: at once.
	StartAt time.Time
	// Store has values for the run's store, over the defaults of the graph.
	Store map[string]any
	// Labels are those by which the run is found, over those of the graph; with them at most 8.
	Labels map[string]string
	// Traceparent is the W3C trace context of the caller.
	Traceparent string
	// CancelOnAbort, of a Call, cancels the run when the context of the call ends.
	CancelOnAbort bool
}

// triggerRequest is the message that starts a run. inputs are nil for none.
func triggerRequest(graph Callable, inputs any, options []TriggerOptions) (*fanoutv1.TriggerRunRequest, error) {
	given := first(options)
	if given.Priority < -100 || given.Priority > 100 {
		description := fmt.Sprintf("%d is no priority: give a whole number from -100 to 100", given.Priority)
		violation := wire.Violation{Path: "priority", Code: string(wire.FieldInvalid), Description: description}
		return nil, &wire.Error{Code: codes.InvalidArgument, Reason: wire.FieldInvalid, Message: "priority: " + description, Violations: []wire.Violation{violation}}
	}
	request := &fanoutv1.TriggerRunRequest{
		GraphName:      graph.GraphName(),
		InputsJson:     "{}",
		IdempotencyKey: given.Key,
		Priority:       int32(given.Priority),
		Traceparent:    given.Traceparent,
		StoreJson:      map[string]string{},
		StartTime:      timestampOf(given.StartAt),
		Labels:         given.Labels,
	}
	var err error
	if inputs != nil {
		if request.InputsJson, err = nodes.Encode(inputs); err != nil {
			return nil, fmt.Errorf("the inputs of graph %s cannot be written as JSON: %w", graph.GraphName(), err)
		}
	}
	for key, value := range given.Store {
		if request.StoreJson[key], err = nodes.EncodeValue(key, value); err != nil {
			return nil, err
		}
	}
	if checked, isChecked := graph.(checkedGraph); isChecked {
		if err := checked.CheckTrigger(request.InputsJson, request.StoreJson); err != nil {
			return nil, err
		}
	}
	return request, nil
}
