package main

import (
	"context"
	"errors"
	"time"

	fanout "github.com/fanout/fanout/runtime/go"
)

// values are inputs of any name, or an output.
type values = map[string]any

// hosted are the nodes of the settings.
func hosted(given settings, questions *questions) []fanout.AnyNode {
	var found []fanout.AnyNode
	for _, name := range given.Nodes {
		found = append(found, fanout.FanOut(name, func(ctx fanout.Context, in values) ([]fanout.Routed[values], error) {
			answer, err := questions.ask(ctx, in)
			if err != nil {
				return nil, err
			}
			if err := answer.End.come(ctx); err != nil {
				return nil, err
			}
			outputs := make([]fanout.Routed[values], len(answer.Outputs))
			for at, step := range answer.Outputs {
				outputs[at] = step.routed()
			}
			return outputs, nil
		}))
	}
	for _, name := range given.OpenNodes {
		found = append(found, fanout.OpenFanOut(name, func(ctx fanout.Context, in values, emit func(fanout.Routed[values]) error) error {
			answer, err := questions.ask(ctx, in)
			if err != nil {
				return err
			}
			if answer.From > 0 {
				if err := ctx.ContinueFrom(answer.From); err != nil {
					return err
				}
			}
			for _, step := range answer.Outputs {
				if err := pause(ctx, step.PauseMs); err != nil {
					return err
				}
				if err := emit(step.routed()); err != nil {
					return err
				}
			}
			return answer.End.come(ctx)
		}))
	}
	return found
}

// routed is an output with its route.
func (s step) routed() fanout.Routed[values] {
	if s.Next == nil {
		return fanout.ToAll(s.Output)
	}
	return fanout.Route(s.Output, s.Next...)
}

// come comes to an end; one that is none of outputs is its error.
func (e end) come(ctx fanout.Context) error {
	if err := pause(ctx, e.PauseMs); err != nil {
		return err
	}
	switch e.Kind {
	case "fails":
		if e.IsRetryable {
			return errors.New(e.Message)
		}
		return fanout.NotRetryable("NODE_ERROR", "%s", e.Message)
	case "prunes":
		return fanout.Prune(e.Data)
	case "requeues":
		return fanout.RequeueAfter(milliseconds(e.DelayMs))
	case "hangs":
		<-ctx.Done()
		return context.Cause(ctx)
	}
	return nil
}

// pause waits. The error says why the work is not wanted any more.
func pause(ctx fanout.Context, ms int) error {
	if ms == 0 {
		return nil
	}
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(milliseconds(ms)):
		return nil
	}
}

func milliseconds(count int) time.Duration { return time.Duration(count) * time.Millisecond }
