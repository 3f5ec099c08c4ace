// Package fanout writes nodes and graphs in Go, hosts the nodes, and calls the graphs.
//
// A node is a function, of which Func, FanOut or OpenFanOut makes what a Runtime hosts; package graph says what follows what; a
// Client stores graphs and calls them. What has its home in another package of the module is named here again, so that
// most programs need this package and graph only; package fanouttest is for tests.
package fanout

import (
	"context"
	"crypto/tls"

	"github.com/fanout/fanout/runtime/go/client"
	"github.com/fanout/fanout/runtime/go/hosting"
	"github.com/fanout/fanout/runtime/go/wire"
)

type (
	// Runtime hosts nodes: it keeps a stream to a state manager and executes what it is assigned.
	Runtime = hosting.Runtime
	// RuntimeOptions are those of a runtime. What is absent has a usual value.
	RuntimeOptions = hosting.Options
	// AddressOrder says which of several state managers a runtime prefers.
	AddressOrder = hosting.AddressOrder

	// Client stores graphs, starts runs and tells how they stand.
	Client = client.Client
	// ClientOptions are those of a client. What is absent has a usual value.
	ClientOptions = client.Options
	// Named is a graph that is stored under this name.
	Named = client.Named
	// NamedTemplate is a graph that is written as JSON.
	NamedTemplate = client.NamedTemplate
	// Callable is a graph that can be triggered.
	Callable = client.Callable
	// TriggerOptions are those of a run that is started.
	TriggerOptions = client.TriggerOptions
	// ControlOptions say which part of a run is cancelled, held, or goes on.
	ControlOptions = client.ControlOptions
	// RetryOptions say what of a run is tried again.
	RetryOptions = client.RetryOptions
	// RunFilter chooses runs.
	RunFilter = client.RunFilter
	// LogLine is one line that node code has logged.
	LogLine = client.LogLine
	// LogFilter chooses lines of a run.
	LogFilter = client.LogFilter
	// TriggerKind is the kind of what starts a run.
	TriggerKind = client.TriggerKind
	// StateStatus is the status of a state.
	StateStatus = client.StateStatus
	// StateFilter chooses states of a run.
	StateFilter = client.StateFilter
	// Wait tells of what waits at one place of a run for one reason.
	Wait = client.Wait
	// WaitReason is a reason for which something waits.
	WaitReason = client.WaitReason
	// StateDetails is a state, with what is told of one at a time.
	StateDetails = client.StateDetails
	// GroupedFailures are the failures of a run, grouped.
	GroupedFailures = client.GroupedFailures
	// FailureGroup tells of failures that have something in common.
	FailureGroup = client.FailureGroup
	// UniteFilter chooses scopes of a run.
	UniteFilter = client.UniteFilter
	// Schedule is a cron trigger of a graph's newest version, as it stands.
	Schedule = client.Schedule
	// ScheduleFilter chooses schedules.
	ScheduleFilter = client.ScheduleFilter
	// PreviewOptions say which slots of an expression are asked for.
	PreviewOptions = client.PreviewOptions
)

// Kinds of what starts a run: a trigger, a call that awaits the end, a slot of a cron trigger, the end of another run.
const (
	TriggerAPI    = client.TriggerAPI
	TriggerCall   = client.TriggerCall
	TriggerCron   = client.TriggerCron
	TriggerRunEnd = client.TriggerRunEnd
)

const (
	// Spread gives each runtime an order of its own, so that many of them spread evenly over several state managers.
	Spread = hosting.Spread
	// Given is the order of the addresses.
	Given = hosting.Given
)

// NewRuntime makes a runtime, which connects when it starts. The error names an option that cannot work, such as two nodes with
// the same name, or a node whose types have no schema.
func NewRuntime(options RuntimeOptions) (*Runtime, error) { return hosting.NewRuntime(options) }

// Run hosts nodes until SIGTERM or SIGINT, or until the context ends, then lets running work finish: NewRuntime, and its Run.
func Run(ctx context.Context, options RuntimeOptions) error {
	runtime, err := hosting.NewRuntime(options)
	if err != nil {
		return err
	}
	return runtime.Run(ctx)
}

// NewClient makes a client, which connects with the first call.
func NewClient(options ClientOptions) (*Client, error) { return client.New(options) }

// CallFor calls a graph like a function, and decodes each of its outputs.
func CallFor[Out any](ctx context.Context, c *Client, graph Callable, inputs any, options ...TriggerOptions) ([]Out, error) {
	return client.CallFor[Out](ctx, c, graph, inputs, options...)
}

// TLSFiles reads a TLS configuration from PEM files: the authorities to trust (empty: those of the system), and the
// certificate of this side with its key (empty: none).
func TLSFiles(ca, cert, key string) (*tls.Config, error) { return wire.TLSFiles(ca, cert, key) }
