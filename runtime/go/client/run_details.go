package client

import (
	"context"
	"encoding/json"
	"time"

	"github.com/fanout/fanout/runtime/go/fanoutv1"
)

// WaitReason is the reason for which something of a run does not get on.
type WaitReason string

// Reasons, the ones that somebody can do something about first.
const (
	// WaitNoRuntime: no connected runtime takes states of the node.
	WaitNoRuntime WaitReason = "NO_RUNTIME"
	// WaitPaused: a user holds the run, or what grew from a state.
	WaitPaused WaitReason = "PAUSED"
	// WaitMaxParallel: as many are executed as the node's max_parallel allows.
	WaitMaxParallel WaitReason = "MAX_PARALLEL"
	// WaitRate: a rate limit lets no more of them through now.
	WaitRate WaitReason = "RATE"
	// WaitNoPlace: all places of the runtimes that offer the node are taken.
	WaitNoPlace WaitReason = "NO_PLACE"
	// WaitDue: their time has not come.
	WaitDue WaitReason = "DUE"
	// WaitExecuting: runtimes execute them.
	WaitExecuting WaitReason = "EXECUTING"
	// WaitReady: nothing keeps them.
	WaitReady WaitReason = "READY"
	// WaitUnite: an open unite waits for branches.
	WaitUnite WaitReason = "UNITE"
)

// Wait tells of states, or scopes, of one place that wait for one reason.
type Wait struct {
	// Identifier is the place in the graph.
	Identifier, NodeName string
	Reason               WaitReason
	// Count is the number of states, or of scopes with WaitUnite.
	Count int64
	// DueAt is the instant that ends the wait; zero: none is known.
	DueAt time.Time
	// Text is a sentence that says what to do, where something can be done.
	Text string
}

// FailureGroup tells of failures of one place with one code, whose messages differ in nothing but numbers, ids and quoted texts.
type FailureGroup struct {
	// Identifier is the place in the graph.
	Identifier, NodeName, Code string
	// Shape is what the messages have in common, with … for what differs.
	Shape string
	// Count is the number of states that have failed so.
	Count int64
	// FirstAt and LastAt are the instants of the first and the last one.
	FirstAt, LastAt time.Time
	// Example is one of them.
	Example State
}

// GroupedFailures are the failures of a run that nobody has retried.
type GroupedFailures struct {
	// Groups are at most 100, the largest first.
	Groups []FailureGroup
	// GroupsLeftOut is the number of groups beside these.
	GroupsLeftOut int64
	// IsIncomplete tells that there are more failures than the 20,000 that were looked at.
	IsIncomplete bool
}

// StateDetails is a state, with what is told of one at a time.
type StateDetails struct {
	State
	// Attempts are all attempts of the same work that are states of their own, in their order, it among them, without outputs.
	Attempts []State
	// Inputs are what it is given, JSON, without secrets; nil: they were not asked for, or cannot be worked out.
	Inputs json.RawMessage
	// InputsFailure is the reason for which they cannot.
	InputsFailure *StateFailure
	// UnitedInputs are names of inputs that are left out, since the node reads them in pages.
	UnitedInputs []string
}

// Waits tells why a run does not get on, what somebody can do something about first; empty once it has ended.
func (c *Client) Waits(ctx context.Context, runID string) ([]Wait, error) {
	request := &fanoutv1.GetRunRequest{Namespace: c.services.namespace, RunId: runID, IncludeWaits: true}
	answer, err := callUnary(ctx, c.services, fanoutv1.NewRunServiceClient, fanoutv1.RunServiceClient.GetRun, request)
	return each(answer.GetWaits(), readWait), err
}

// GroupFailures groups the failures of a run that nobody has retried, by place, code and what their messages have in common.
func (c *Client) GroupFailures(ctx context.Context, runID string) (GroupedFailures, error) {
	request := &fanoutv1.GroupFailuresRequest{Namespace: c.services.namespace, RunId: runID}
	answer, err := callUnary(ctx, c.services, fanoutv1.NewRunServiceClient, fanoutv1.RunServiceClient.GroupFailures, request)
	return GroupedFailures{each(answer.GetGroups(), readFailureGroup), answer.GetGroupsLeftOut(), answer.GetIncomplete()}, err
}

// State reads a state with its other attempts.
func (c *Client) State(ctx context.Context, stateID string) (StateDetails, error) {
	return c.state(ctx, stateID, false)
}

// StateWithInputs reads a state with its other attempts, and with what it is given, worked out again.
func (c *Client) StateWithInputs(ctx context.Context, stateID string) (StateDetails, error) {
	return c.state(ctx, stateID, true)
}

// DeleteRun deletes a run that has ended, before its time is over. Errors are RunNotFound and RunNotEnded.
func (c *Client) DeleteRun(ctx context.Context, runID string) error {
	request := &fanoutv1.DeleteRunRequest{Namespace: c.services.namespace, RunId: runID}
	_, err := callUnary(ctx, c.services, fanoutv1.NewRunServiceClient, fanoutv1.RunServiceClient.DeleteRun, request)
	return err
}

func (c *Client) state(ctx context.Context, stateID string, includeInputs bool) (StateDetails, error) {
	request := &fanoutv1.GetStateRequest{Namespace: c.services.namespace, StateId: stateID, IncludeInputs: includeInputs}
	answer, err := callUnary(ctx, c.services, fanoutv1.NewRunServiceClient, fanoutv1.RunServiceClient.GetState, request)
	if err != nil {
		return StateDetails{}, err
	}
	return StateDetails{
		State:         readState(answer.State),
		Attempts:      each(answer.Attempts, readState),
		Inputs:        jsonOf(answer.InputsJson),
		InputsFailure: readFailure(answer.InputsFailure),
		UnitedInputs:  answer.UnitedInputs,
	}, nil
}

func readWait(wait *fanoutv1.Wait) Wait {
	return Wait{
		Identifier: wait.Identifier,
		NodeName:   wait.NodeName,
		Reason:     WaitReason(nameOf(wait.Reason, "WAIT_REASON_")),
		Count:      wait.Count,
		DueAt:      instantOf(wait.DueTime),
		Text:       wait.Text,
	}
}

func readFailureGroup(group *fanoutv1.FailureGroup) FailureGroup {
	return FailureGroup{
		Identifier: group.Identifier,
		NodeName:   group.NodeName,
		Code:       group.Code,
		Shape:      group.Shape,
		Count:      group.Count,
		FirstAt:    instantOf(group.FirstTime),
		LastAt:     instantOf(group.LastTime),
		Example:    readState(group.Example),
	}
}
