package client

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/fanout/fanout/runtime/go/fanoutv1"
	"github.com/fanout/fanout/runtime/go/wire"
)

func readRun(run *fanoutv1.Run) Run {
	return Run{
		ID:           run.GetRunId(),
		Namespace:    run.GetNamespace(),
		GraphName:    run.GetGraphName(),
		GraphVersion: run.GetGraphVersion(),
		Status:       RunStatus(nameOf(run.GetStatus(), "RUN_STATUS_")),
		CreatedAt:    instantOf(run.GetCreateTime()),
		StartAt:      instantOf(run.GetStartTime()),
		EndedAt:      instantOf(run.GetEndTime()),
		Counts:       each(run.GetCounts(), readCounts),
		StateCount:   run.GetStateCount(),
		Priority:     int(run.GetPriority()),
		Labels:       run.GetLabels(),
		TriggerKind:  TriggerKind(nameOf(run.GetTriggerKind(), "TRIGGER_KIND_")),
	}
}

func readCounts(counts *fanoutv1.NodeCounts) NodeCounts {
	return NodeCounts{
		Identifier:   counts.Identifier,
		NodeName:     counts.NodeName,
		Created:      counts.Created,
		Queued:       counts.Queued,
		Executed:     counts.Executed,
		Success:      counts.Success,
		Errored:      counts.Errored,
		RetryCreated: counts.RetryCreated,
		Pruned:       counts.Pruned,
		Cancelled:    counts.Cancelled,
		Superseded:   counts.Superseded,
		Executions:   counts.Executions,
		Outputs:      counts.Outputs,
		Retries:      counts.Retries,
		WaitingTimes: readTimes(counts.WaitingTimes),
		RunningTimes: readTimes(counts.RunningTimes),
	}
}

func readTimes(times *fanoutv1.TimeHistogram) *TimeHistogram {
	if times == nil {
		return nil
	}
	return &TimeHistogram{
		Counts: times.Counts,
		Bounds: each(times.BoundsMs, func(ms int64) time.Duration { return millis(float64(ms)) }),
		P50:    millis(times.P50Ms),
		P95:    millis(times.P95Ms),
	}
}

func millis(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }

func readResult(result *fanoutv1.RunResult) RunResult {
	return RunResult{result.Identifier, result.StateId, result.Path, jsonOf(result.OutputJson)}
}

func readState(state *fanoutv1.State) State {
	return State{
		ID:           state.StateId,
		RunID:        state.RunId,
		Identifier:   state.Identifier,
		NodeName:     state.NodeName,
		Status:       StateStatus(nameOf(state.Status, "STATE_STATUS_")),
		Attempt:      int(state.Attempt),
		IsSuperseded: state.Superseded,
		Path:         state.Path,
		Parents:      state.Parents,
		Output:       jsonOf(state.OutputJson),
		Failure:      readFailure(state.Failure),
		UpdatedAt:    instantOf(state.UpdateTime),
		CreatedAt:    instantOf(state.CreateTime),
		StartedAt:    instantOf(state.StartTime),
		EndedAt:      instantOf(state.EndTime),
		DueAt:        instantOf(state.DueTime),
		Progress:     state.Progress,

		SessionID:     state.SessionId,
		RuntimeName:   state.RuntimeName,
		NextAttemptID: state.NextAttemptStateId,
		Label:         state.Label,
	}
}

// readFailure is nil where nothing has failed.
func readFailure(failure *fanoutv1.Failure) *StateFailure {
	if failure == nil {
		return nil
	}
	return &StateFailure{failure.Code, failure.Message, failure.Stack}
}

func readUniteScope(scope *fanoutv1.UniteScope) UniteScope {
	counts := scope.GetCounts()
	return UniteScope{
		UnitingIdentifier: scope.UnitingIdentifier,
		UnitingStateID:    scope.UnitingStateId,
		UnitedIdentifier:  scope.UnitedIdentifier,
		UnitedStateID:     scope.UnitedStateId,
		Status:            UniteStatus(nameOf(scope.Status, "UNITE_SCOPE_STATUS_")),
		Generation:        int(scope.Generation),
		Policy:            readPolicy(scope.GetPolicy()),
		Counts: UniteCounts{
			Total:      counts.GetTotal(),
			Succeeded:  counts.GetSucceeded(),
			Failed:     counts.GetFailed(),
			Pruned:     counts.GetPruned(),
			Unfinished: counts.GetUnfinished(),
			LeftOut:    counts.GetLeftOut(),
		},
		IsSealed:   scope.Sealed,
		DeadlineAt: instantOf(scope.Deadline),
		Next:       scope.Next,
		Missing:    each(scope.Missing, readMissing),
		Reasons:    each(scope.Reasons, readReason),
	}
}

func readPolicy(policy *fanoutv1.UnitePolicy) UnitePolicy {
	return UnitePolicy{
		Text:              policy.GetText(),
		Strategy:          nameOf(policy.GetStrategy(), "UNITE_STRATEGY_"),
		MinSuccess:        policy.GetMinSuccess(),
		ToleratedFailures: policy.GetToleratedFailures(),
		Timeout:           policy.GetTimeout().AsDuration(),
		FailFast:          policy.GetFailFast(),
		WindowCount:       policy.GetWindowCount(),
		WindowInterval:    policy.GetWindowInterval().AsDuration(),
	}
}

func readMissing(branch *fanoutv1.MissingBranch) MissingBranch {
	return MissingBranch{branch.Index, branch.UnfinishedStates, each(branch.States, readUnfinished), branch.Label}
}

func readUnfinished(state *fanoutv1.UnfinishedState) UnfinishedState {
	return UnfinishedState{
		ID:         state.StateId,
		Identifier: state.Identifier,
		Status:     StateStatus(nameOf(state.Status, "STATE_STATUS_")),
		Attempt:    int(state.Attempt),
		DueAt:      instantOf(state.DueTime),
		SessionID:  state.SessionId,
		Progress:   state.Progress,
	}
}

func readReason(reason *fanoutv1.FailureReason) FailureReason {
	return FailureReason{reason.Identifier, reason.Code, reason.Message, reason.Count}
}

func readGraph(graph *fanoutv1.Graph) GraphVersion {
	return GraphVersion{
		Name:      graph.GetName(),
		Namespace: graph.GetNamespace(),
		Version:   graph.GetVersion(),
		Template:  jsonOf(graph.GetTemplateJson()),
		CreatedAt: instantOf(graph.GetCreateTime()),
	}
}

func readViolation(violation *fanoutv1.GraphViolation) wire.Violation {
	return wire.Violation{Path: violation.Path, Code: violation.Code, Description: violation.Description}
}

func readEstimate(estimate *fanoutv1.RunEstimate) *RunEstimate {
	if estimate == nil {
		return nil
	}
	return &RunEstimate{
		States:       estimate.States,
		Scopes:       estimate.Scopes,
		PayloadBytes: estimate.PayloadBytes,
		StorageBytes: estimate.StorageBytes,
		Places: each(estimate.Nodes, func(node *fanoutv1.NodeEstimate) PlaceEstimate {
			return PlaceEstimate{node.Identifier, node.Executions, node.States, node.Scopes}
		}),
	}
}

func readRuntime(runtime *fanoutv1.ConnectedRuntime) ConnectedRuntime {
	capacity := RuntimeCapacity{
		Total:     int(runtime.GetCapacity().GetTotal()),
		PerNode:   map[string]int{},
		Lingering: int(runtime.GetCapacity().GetLingering()),
	}
	for name, most := range runtime.GetCapacity().GetPerNode() {
		capacity.PerNode[name] = int(most)
	}
	return ConnectedRuntime{
		SessionID:   runtime.SessionId,
		Name:        runtime.RuntimeName,
		Language:    runtime.Language,
		NodeNames:   runtime.NodeNames,
		Capacity:    capacity,
		InFlight:    int(runtime.InFlight),
		ConnectedAt: instantOf(runtime.ConnectTime),
		IsDraining:  runtime.Draining,
	}
}

func readNode(node *fanoutv1.RegisteredNode) RegisteredNode {
	definition := node.GetDefinition()
	return RegisteredNode{
		Name:           definition.GetName(),
		Description:    definition.GetDescription(),
		InputSchema:    jsonOf(definition.GetInputSchemaJson()),
		OutputSchema:   jsonOf(definition.GetOutputSchemaJson()),
		IteratorInputs: definition.GetIteratorInputs(),
		Secrets:        definition.GetSecrets(),
		RegisteredAt:   instantOf(node.GetRegisterTime()),
	}
}

func readToken(token *fanoutv1.Token) Token {
	return Token{
		ID:        token.GetTokenId(),
		Namespace: token.GetNamespace(),
		Role:      Role(strings.ToLower(nameOf(token.GetRole(), "ROLE_"))),
		CreatedAt: instantOf(token.GetCreateTime()),
		ExpiresAt: instantOf(token.GetExpireTime()),
	}
}

// nameOf makes `FAILED` of `RUN_STATUS_FAILED`; a value that this version does not know is its number.
func nameOf(value fmt.Stringer, prefix string) string {
	return strings.TrimPrefix(value.String(), prefix)
}

// valueOf is the value that a name stands for; an empty name stands for none in particular.
func valueOf(values map[string]int32, prefix, name string) (int32, error) {
	if name == "" {
		return 0, nil
	}
	value, isKnown := values[prefix+name]
	if !isKnown || value == 0 {
		if prefix == "TRIGGER_KIND_" {
			return 0, fmt.Errorf("the kind %q is none: use a constant, such as TriggerCron", name)
		}
		return 0, fmt.Errorf("the status %q is none: use a constant, such as RunFailed or StateErrored", name)
	}
	return value, nil
}

// valuesOf are the numbers of several names.
func valuesOf[Value ~int32, Name ~string](values map[string]int32, prefix string, names []Name) ([]Value, error) {
	found := make([]Value, 0, len(names))
	for _, name := range names {
		value, err := valueOf(values, prefix, string(name))
		if err != nil {
			return nil, err
		}
		found = append(found, Value(value))
	}
	return found, nil
}

// instantOf is zero if there is none.
func instantOf(message *timestamppb.Timestamp) time.Time {
	if message == nil {
		return time.Time{}
	}
	return message.AsTime()
}

func jsonOf(text string) json.RawMessage {
	if text == "" {
		return nil
	}
	return json.RawMessage(text)
}

func each[Message, Item any](messages []Message, read func(Message) Item) []Item {
	var items []Item
	for _, message := range messages {
		items = append(items, read(message))
	}
	return items
}
