package hosting

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/fanout/fanout/runtime/go/fanoutv1"
	"github.com/fanout/fanout/runtime/go/nodes"
)

const protocolVersion = 1

// processID names this process: its runtimes die together, so what they hold then is judged together.
var processID = sync.OnceValue(rand.Text)

// helloOf introduces a runtime to a state manager; sessionID is that of the session to resume, or empty.
func helloOf(options *checkedOptions, capacity *fanoutv1.Capacity, sessionID string, held []lease) *fanoutv1.Hello {
	hello := &fanoutv1.Hello{
		ProtocolVersion: protocolVersion,
		Namespace:       options.Namespace,
		RuntimeName:     options.Name,
		Language:        "go",
		Nodes:           options.definitions,
		Capacity:        capacity,
		SessionId:       sessionID,
		ProcessId:       processID(),
	}
	for _, each := range held {
		hello.HeldLeases = append(hello.HeldLeases, each.held())
	}
	return hello
}

func definitionOf(node *nodes.Definition) (*fanoutv1.NodeDefinition, error) {
	inputs, err := json.Marshal(node.Inputs)
	if err != nil {
		return nil, fmt.Errorf("node %s: the schema of its inputs: %w", node.Name, err)
	}
	outputs, err := json.Marshal(node.Outputs)
	if err != nil {
		return nil, fmt.Errorf("node %s: the schema of its outputs: %w", node.Name, err)
	}
	return &fanoutv1.NodeDefinition{
		Name:             node.Name,
		Description:      node.Description,
		InputSchemaJson:  string(inputs),
		OutputSchemaJson: string(outputs),
		IteratorInputs:   node.IteratorInputs,
		Secrets:          node.Secrets,
		OpenFanOut:       node.OpenFanOut,
		Rate:             rateOf(node.Rate),
	}, nil
}

func rateOf(rate *nodes.Rate) *fanoutv1.NodeRate {
	if rate == nil {
		return nil
	}
	return &fanoutv1.NodeRate{Limit: int32(rate.Limit), PerMs: rate.Per.Milliseconds(), Key: rate.Key}
}
