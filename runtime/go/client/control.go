package client

import (
	"context"
	"errors"
	"iter"

	"github.com/fanout/fanout/runtime/go/fanoutv1"
)

// ControlOptions say which part of a run is meant; without any it is the whole run.
type ControlOptions struct {
	// Below is a state: what grew from its own output.
	Below string
	// FanOut means, with Below, what grew from all outputs of its execution.
	FanOut bool
	// Reason, of a Cancel, is for people.
	Reason string
}

// Cancel cancels a run, or part of it. Nodes that execute some of it are told. It gives false if it had ended, or was cancelled before.
func (c *Client) Cancel(ctx context.Context, runID string, options ...ControlOptions) (bool, error) {
	part := first(options)
	request := &fanoutv1.CancelRunRequest{Namespace: c.services.namespace, RunId: runID, StateId: part.Below, FanOut: part.FanOut, Reason: part.Reason}
	answer, err := callUnary(ctx, c.services, fanoutv1.NewRunServiceClient, fanoutv1.RunServiceClient.CancelRun, request)
	return answer.GetChanged(), err
}

// Pause holds a run, or part of it: nothing of it is handed out. It gives false if it had ended, or was held before.
func (c *Client) Pause(ctx context.Context, runID string, options ...ControlOptions) (bool, error) {
	part := first(options)
	request := &fanoutv1.PauseRunRequest{Namespace: c.services.namespace, RunId: runID, StateId: part.Below, FanOut: part.FanOut}
	answer, err := callUnary(ctx, c.services, fanoutv1.NewRunServiceClient, fanoutv1.RunServiceClient.PauseRun, request)
	return answer.GetChanged(), err
}

// Resume takes back the pause of the same run or part. It gives false if it was not held.
func (c *Client) Resume(ctx context.Context, runID string, options ...ControlOptions) (bool, error) {
	part := first(options)
	request := &fanoutv1.ResumeRunRequest{Namespace: c.services.namespace, RunId: runID, StateId: part.Below, FanOut: part.FanOut}
	answer, err := callUnary(ctx, c.services, fanoutv1.NewRunServiceClient, fanoutv1.RunServiceClient.ResumeRun, request)
	return answer.GetChanged(), err
}

// RetryOptions say what is tried again; without any it is all of a run.
type RetryOptions struct {
	// StateID is one state.
	StateID string
	// Below is a state: what grew from its own output.
	Below string
	// FanOut means, with Below, what grew from all outputs of its execution.
	FanOut bool
}

// Retry tries again what has failed or was cancelled. A run that has ended goes on. It gives the number of states that are tried again.
func (c *Client) Retry(ctx context.Context, runID string, options ...RetryOptions) (int64, error) {
	part := first(options)
	if part.StateID != "" && (part.Below != "" || part.FanOut) {
		return 0, errors.New("retry: give StateID for one state, or Below for what grew from it")
	}
	request := &fanoutv1.RetryRunRequest{
		Namespace: c.services.namespace, RunId: runID,
		StateId: part.StateID + part.Below, Below: part.Below != "", FanOut: part.FanOut,
	}
	answer, err := callUnary(ctx, c.services, fanoutv1.NewRunServiceClient, fanoutv1.RunServiceClient.RetryRun, request)
	return answer.GetRetried(), err
}

// UniteFilter chooses scopes; what is absent does not.
type UniteFilter struct {
	// StateID is a state of the united execution, or a uniting state.
	StateID string
	// Identifier is the place of the uniting node.
	Identifier string
}

// ExplainUnite gives the scopes of a run that a filter chooses: the branches that each unite waits for, and their states. One with
// more than 1,000 missing branches comes several times, with the next ones each time.
func (c *Client) ExplainUnite(ctx context.Context, runID string, filter UniteFilter) iter.Seq2[UniteScope, error] {
	return list(func(size int32, token string) ([]*fanoutv1.UniteScope, string, error) {
		request := &fanoutv1.ExplainUniteRequest{
			Namespace: c.services.namespace, RunId: runID, StateId: filter.StateID, Identifier: filter.Identifier,
			PageSize: size, PageToken: token,
		}
		page, err := callUnary(ctx, c.services, fanoutv1.NewRunServiceClient, fanoutv1.RunServiceClient.ExplainUnite, request)
		return page.GetScopes(), page.GetNextPageToken(), err
	}, readUniteScope)
}

// first gives the options that are there, or none.
func first[Options any](given []Options) Options {
	var none Options
	if len(given) == 0 {
		return none
	}
	return given[0]
}
