package client

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/fanout/fanout/runtime/go/fanoutv1"
	"github.com/fanout/fanout/runtime/go/wire"
)

// failuresShown is the number of failed states that a RunFailedError shows.
const failuresShown = 10

// Trigger starts a run of a graph's newest version. inputs are whatever encodes to a JSON object, nil for none; they are checked
// against the graph's schema, if it has one here.
//
// Errors are GraphNotFound (it was never stored), InputInvalid and StoreInvalid, with violations.
func (c *Client) Trigger(ctx context.Context, graph Callable, inputs any, options ...TriggerOptions) (TriggeredRun, error) {
	request, err := triggerRequest(graph, inputs, options)
	if err != nil {
		return TriggeredRun{}, err
	}
	answer, err := c.calls.start(ctx, request)
	return TriggeredRun{answer.GetRunId(), answer.GetCreated()}, err
}

// Call calls a graph like a function: starts a run, waits for its end, and gives its outputs, in order. These are the outputs of
// the places that the graph names as its ends, or of all its ends; CallFor decodes them. The error is a *RunFailedError if the
// run ended otherwise than with SUCCESS.
func (c *Client) Call(ctx context.Context, graph Callable, inputs any, options ...TriggerOptions) ([]RunResult, error) {
	request, err := triggerRequest(graph, inputs, options)
	if err != nil {
		return nil, err
	}
	run, call, err := c.calls.call(ctx, request)
	if err != nil {
		return nil, err
	}
	end, err := c.calls.end(ctx, call)
	if err != nil {
		if ctx.Err() != nil && first(options).CancelOnAbort {
			_, cancelling := c.Cancel(context.WithoutCancel(ctx), run.RunId, ControlOptions{Reason: "its caller has gone"})
			err = errors.Join(err, cancelling)
		}
		return nil, err
	}
	results, err := c.resultsOf(ctx, run.RunId, end)
	if checked, isChecked := graph.(checkedGraph); isChecked && checked.Ends() != nil {
		results = slices.DeleteFunc(results, func(result RunResult) bool { return !slices.Contains(checked.Ends(), result.Identifier) })
	}
	return results, err
}

// CallFor calls a graph like a function, and decodes each of its outputs.
func CallFor[Out any](ctx context.Context, c *Client, graph Callable, inputs any, options ...TriggerOptions) ([]Out, error) {
	results, err := c.Call(ctx, graph, inputs, options...)
	if err != nil {
		return nil, err
	}
	outs := make([]Out, len(results))
	for at, result := range results {
		if err := result.Decode(&outs[at]); err != nil {
			return nil, err
		}
	}
	return outs, nil
}

// Get reads a run with its counts. The error is RunNotFound if there is none.
func (c *Client) Get(ctx context.Context, runID string) (Run, error) {
	request := &fanoutv1.GetRunRequest{Namespace: c.services.namespace, RunId: runID}
	answer, err := callUnary(ctx, c.services, fanoutv1.NewRunServiceClient, fanoutv1.RunServiceClient.GetRun, request)
	return readRun(answer.GetRun()), err
}

// RunFilter chooses runs; what is absent does not.
type RunFilter struct {
	GraphName string
	Status    RunStatus
	// TriggeredFrom and TriggeredBefore are the span in which they were triggered, the second one left out; zero: no limit.
	TriggeredFrom, TriggeredBefore time.Time
	// Labels are those that a run has, all of them.
	Labels map[string]string
	// TriggerKinds are those of which one has started a run.
	TriggerKinds []TriggerKind
	// ErrorCode chooses those with a state that failed with it and was not retried; without Status, those that are FAILED.
	ErrorCode string
}

// TriggerKind is the kind of what starts a run.
type TriggerKind string

// Kinds of what starts a run: a trigger, a call that awaits the end, a slot of a cron trigger, the end of another run.
const (
	TriggerAPI    TriggerKind = "API"
	TriggerCall   TriggerKind = "CALL"
	TriggerCron   TriggerKind = "CRON"
	TriggerRunEnd TriggerKind = "RUN_END"
)

// Runs are the runs that a filter chooses, without counts, the newest first.
func (c *Client) Runs(ctx context.Context, filter RunFilter) iter.Seq2[Run, error] {
	return list(func(size int32, token string) ([]*fanoutv1.Run, string, error) {
		status, err := valueOf(fanoutv1.RunStatus_value, "RUN_STATUS_", string(filter.Status))
		if err != nil {
			return nil, "", err
		}
		kinds, err := valuesOf[fanoutv1.TriggerKind](fanoutv1.TriggerKind_value, "TRIGGER_KIND_", filter.TriggerKinds)
		if err != nil {
			return nil, "", err
		}
		request := &fanoutv1.ListRunsRequest{
			Namespace: c.services.namespace, GraphName: filter.GraphName, Status: fanoutv1.RunStatus(status),
			TriggeredFrom: timestampOf(filter.TriggeredFrom), TriggeredBefore: timestampOf(filter.TriggeredBefore),
			Labels: filter.Labels, TriggerKinds: kinds, ErrorCode: filter.ErrorCode, PageSize: size, PageToken: token,
		}
		page, err := callUnary(ctx, c.services, fanoutv1.NewRunServiceClient, fanoutv1.RunServiceClient.ListRuns, request)
		return page.GetRuns(), page.GetNextPageToken(), err
	}, readRun)
}

// Watch gives snapshots of a run: one at once, then on change, at most 10 a second; the last one has the end. It goes on while
// state managers restart, for at most a minute without any.
func (c *Client) Watch(ctx context.Context, runID string) iter.Seq2[Run, error] {
	return func(yield func(Run, error) bool) {
		for message, err := range followRun(ctx, c.services, &fanoutv1.WatchRunRequest{RunId: runID, OmitResults: true}) {
			if err != nil {
				yield(Run{}, err)
				return
			}
			if message.Run != nil && !yield(readRun(message.Run), nil) {
				return
			}
		}
	}
}

// Result waits for the end of a run, as Watch does, and gives its results in order. The error is a *RunFailedError if it ended
// otherwise than with SUCCESS.
func (c *Client) Result(ctx context.Context, runID string) ([]RunResult, error) {
	end, err := c.calls.endOf(ctx, runID)
	if err != nil {
		return nil, err
	}
	return c.resultsOf(ctx, runID, end)
}

// Results are those of a run, in order, also of one that failed or goes on.
func (c *Client) Results(ctx context.Context, runID string) iter.Seq2[RunResult, error] {
	return list(func(size int32, token string) ([]*fanoutv1.RunResult, string, error) {
		request := &fanoutv1.ListResultsRequest{Namespace: c.services.namespace, RunId: runID, PageSize: size, PageToken: token}
		page, err := callUnary(ctx, c.services, fanoutv1.NewRunServiceClient, fanoutv1.RunServiceClient.ListResults, request)
		return page.GetResults(), page.GetNextPageToken(), err
	}, readResult)
}

// StateFilter chooses states of a run; what is absent does not.
type StateFilter struct {
	// Identifier is a place in the graph.
	Identifier string
	// Status chooses those that have it, without those that are superseded, unless IncludeSuperseded is set.
	Status            StateStatus
	IncludeSuperseded bool
	// ErrorCode chooses those that failed with it; without Status, those that are ERRORED.
	ErrorCode string
	// Statuses are more of them, beside Status.
	Statuses []StateStatus
	// Below chooses those that grew from the own output of this state.
	Below string
	// Label chooses those whose label begins with it.
	Label string
	// NewestFirst turns the order round.
	NewestFirst bool
}

// States are those of a run that a filter chooses, in the order of their creation.
func (c *Client) States(ctx context.Context, runID string, filter StateFilter) iter.Seq2[State, error] {
	return list(func(size int32, token string) ([]*fanoutv1.State, string, error) {
		status, err := valueOf(fanoutv1.StateStatus_value, "STATE_STATUS_", string(filter.Status))
		if err != nil {
			return nil, "", err
		}
		statuses, err := valuesOf[fanoutv1.StateStatus](fanoutv1.StateStatus_value, "STATE_STATUS_", filter.Statuses)
		if err != nil {
			return nil, "", err
		}
		order := fanoutv1.StateOrder_STATE_ORDER_UNSPECIFIED
		if filter.NewestFirst {
			order = fanoutv1.StateOrder_STATE_ORDER_NEWEST_FIRST
		}
		request := &fanoutv1.ListStatesRequest{
			Namespace: c.services.namespace, RunId: runID, Identifier: filter.Identifier, Status: fanoutv1.StateStatus(status),
			IncludeSuperseded: filter.IncludeSuperseded, ErrorCode: filter.ErrorCode, PageSize: size, PageToken: token,
			Statuses: statuses, Below: filter.Below, Label: filter.Label, OrderBy: order,
		}
		page, err := callUnary(ctx, c.services, fanoutv1.NewRunServiceClient, fanoutv1.RunServiceClient.ListStates, request)
		return page.GetStates(), page.GetNextPageToken(), err
	}, readState)
}

// Store is the key-value data of a run as it is now, JSON by key.
func (c *Client) Store(ctx context.Context, runID string) (map[string]json.RawMessage, error) {
	entries := list(func(size int32, token string) ([]*fanoutv1.StoreEntry, string, error) {
		request := &fanoutv1.GetStoreRequest{Namespace: c.services.namespace, RunId: runID, PageSize: size, PageToken: token}
		page, err := callUnary(ctx, c.services, fanoutv1.NewRunServiceClient, fanoutv1.RunServiceClient.GetStore, request)
		return page.GetEntries(), page.GetNextPageToken(), err
	}, func(entry *fanoutv1.StoreEntry) *fanoutv1.StoreEntry { return entry })
	values := map[string]json.RawMessage{}
	for entry, err := range entries {
		if err != nil {
			return nil, err
		}
		values[entry.Key] = json.RawMessage(entry.ValueJson)
	}
	return values, nil
}

func (c *Client) resultsOf(ctx context.Context, runID string, end *fanoutv1.RunEnd) ([]RunResult, error) {
	if status := readRun(end.Run).Status; status != RunSuccess {
		return nil, c.failed(ctx, runID, status)
	}
	if !end.ResultsLeftOut {
		return each(end.Results, readResult), nil
	}
	return c.largeResults(ctx, runID)
}

// largeResults are too large to come with the end: a watch has them all, also when it breaks in between.
func (c *Client) largeResults(ctx context.Context, runID string) ([]RunResult, error) {
	var status RunStatus
	var results []RunResult
	for message, err := range followRun(ctx, c.services, &fanoutv1.WatchRunRequest{RunId: runID, EndOnly: true}) {
		if err != nil {
			return nil, err
		}
		if message.Run != nil {
			status, results = readRun(message.Run).Status, nil
		}
		results = append(results, each(message.Results, readResult)...)
	}
	if status != RunSuccess {
		return nil, c.failed(ctx, runID, status)
	}
	return results, nil
}

func (c *Client) failed(ctx context.Context, runID string, status RunStatus) error {
	failures, err := c.failures(ctx, runID)
	failed := &wire.RunFailedError{RunID: runID, Status: string(status), Failures: failures}
	if err != nil {
		return errors.Join(failed, err)
	}
	return failed
}

// failures are states that failed; or else those that were cancelled, such as when the run has used up its time. Of very many,
// one of each place at least: a unite that gave up comes behind all that failed in its branches, and says why.
func (c *Client) failures(ctx context.Context, runID string) ([]wire.RunFailure, error) {
	for _, status := range []StateStatus{StateErrored, StateCancelled} {
		first, err := c.firstFailures(ctx, runID, StateFilter{Status: status}, failuresShown+1)
		if err != nil {
			return nil, err
		}
		if len(first) > failuresShown {
			others, err := c.failuresElsewhere(ctx, runID, status, first)
			return append(first[:failuresShown-len(others)], others...), err
		}
		if len(first) > 0 {
			return first, nil
		}
	}
	return nil, nil
}

// failuresElsewhere has one of each place that has some, and is not among the first, at most as many as leave one of those.
func (c *Client) failuresElsewhere(ctx context.Context, runID string, status StateStatus, first []wire.RunFailure) ([]wire.RunFailure, error) {
	run, err := c.Get(ctx, runID)
	if err != nil {
		return nil, err
	}
	var found []wire.RunFailure
	for _, counts := range run.Counts {
		isKnown := slices.ContainsFunc(first, func(failure wire.RunFailure) bool { return failure.Identifier == counts.Identifier })
		hasSome := status == StateErrored && counts.Errored > 0 || status == StateCancelled && counts.Cancelled > 0
		if isKnown || !hasSome || len(found) == failuresShown-1 {
			continue
		}
		one, err := c.firstFailures(ctx, runID, StateFilter{Identifier: counts.Identifier, Status: status}, 1)
		if err != nil {
			return nil, err
		}
		found = append(found, one...)
	}
	return found, nil
}

func (c *Client) firstFailures(ctx context.Context, runID string, filter StateFilter, atMost int) ([]wire.RunFailure, error) {
	var failures []wire.RunFailure
	for state, err := range c.States(ctx, runID, filter) {
		if err != nil {
			return nil, err
		}
		failure := wire.RunFailure{Identifier: state.Identifier, Path: state.Path, Code: string(state.Status)}
		if state.Failure != nil {
			failure.Code, failure.Message = state.Failure.Code, state.Failure.Message
		}
		if failures = append(failures, failure); len(failures) == atMost {
			break
		}
	}
	return failures, nil
}

// timestampOf is nil for the zero instant.
func timestampOf(instant time.Time) *timestamppb.Timestamp {
	if instant.IsZero() {
		return nil
	}
	return timestamppb.New(instant)
}
