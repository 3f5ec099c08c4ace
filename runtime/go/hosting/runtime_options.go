package hosting

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"time"

	"github.com/fanout/fanout/runtime/go/fanoutv1"
	"github.com/fanout/fanout/runtime/go/nodes"
	"github.com/fanout/fanout/runtime/go/wire"
)

// AddressOrder says which of several state managers a runtime prefers.
type AddressOrder string

const (
	// Spread gives each runtime an order of its own, so that many of them spread evenly.
	Spread AddressOrder = "SPREAD"
	// Given is the order of the addresses.
	Given AddressOrder = "GIVEN"
)

// Options are those of a runtime. What is absent has a usual value.
type Options struct {
	// Nodes are those that it hosts, at least one.
	Nodes []nodes.AnyNode
	// Address is `host:port` of a state manager, `127.0.0.1:7600` if absent. A name that has several addresses stands for so
	// many state managers, and is looked up anew whenever the runtime connects.
	Address string
	// Addresses are several of them, in place of Address: when one is gone, the runtime goes on with another one.
	Addresses []string
	// AddressOrder is Spread if absent.
	AddressOrder AddressOrder
	// ReturnAfter is the time after which a runtime that is not with the state manager that it prefers looks whether that one is
	// back, and moves there with all that it holds; 30 s if absent.
	ReturnAfter time.Duration
	// Namespace is the tenant; that of the token, else `default`, if absent.
	Namespace string
	// Name is for people; `runtime` if absent.
	Name string
	// Token is a bearer token, as the state manager wants one.
	Token string
	// TLS is nil without TLS; TLSFiles reads one.
	TLS *tls.Config
	// Concurrency is the number of executions at once, over all nodes; 64 if absent. One that has timed out or was cancelled
	// counts until its function has returned.
	Concurrency int
	// DrainTimeout is the time for which Stop waits for what is running; 30 s if absent.
	DrainTimeout time.Duration
	// Logger takes what the runtime and its nodes have to say; slog.Default() if absent.
	Logger *slog.Logger
	// RunLogs is the least level of the lines of nodes that are kept with their runs, where clients read them: `info` if absent,
	// `debug`, `warn` or `error`; `off`: none. It is apart from the level of Logger.
	RunLogs string
}

// checkedOptions are options that can work.
type checkedOptions struct {
	Options
	addresses   []string
	credentials wire.Credentials
	hosted      []*nodes.Definition
	definitions []*fanoutv1.NodeDefinition
}

func checkOptions(given Options) (*checkedOptions, error) {
	checked := &checkedOptions{Options: given, credentials: wire.Credentials{Token: given.Token, TLS: given.TLS}}
	fill(&checked.AddressOrder, Spread)
	fill(&checked.ReturnAfter, 30*time.Second)
	fill(&checked.Name, "runtime")
	fill(&checked.Concurrency, 64)
	fill(&checked.DrainTimeout, 30*time.Second)
	fill(&checked.Logger, slog.Default())
	fill(&checked.RunLogs, "info")
	checked.Logger = nodes.Unfailing(checked.Logger)
	var err error
	if checked.addresses, err = wire.ChooseAddresses(given.Address, given.Addresses); err != nil {
		return nil, err
	}
	if checked.AddressOrder != Spread && checked.AddressOrder != Given {
		return nil, fmt.Errorf("address order %q: must be Spread or Given", checked.AddressOrder)
	}
	for _, check := range []error{
		wire.CheckCredentials(checked.credentials),
		checkRunLogs(checked.RunLogs),
		nodes.CheckNodes(given.Nodes),
		nodes.CheckConcurrency("concurrency", checked.Concurrency),
		nodes.CheckTimer("return after", checked.ReturnAfter),
		nodes.CheckTimer("drain timeout", checked.DrainTimeout),
	} {
		if check != nil {
			return nil, check
		}
	}
	for _, node := range given.Nodes {
		definition, err := definitionOf(node.Definition())
		if err != nil {
			return nil, err
		}
		checked.hosted = append(checked.hosted, node.Definition())
		checked.definitions = append(checked.definitions, definition)
	}
	return checked, nil
}

// fill gives an option its usual value if it is absent.
func fill[Value comparable](option *Value, usual Value) {
	var absent Value
	if *option == absent {
		*option = usual
	}
}
