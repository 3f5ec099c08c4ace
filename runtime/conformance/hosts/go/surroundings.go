package main

import (
	"encoding/json"
	"errors"
	"fmt"

	fanout "github.com/fanout/fanout/runtime/go"
)

type failTimes struct {
	FailTimes int `json:"fail_times"`
}

var errNotYet = errors.New("not yet")

var surroundings = []fanout.AnyNode{
	fanout.Func("Facts", func(ctx fanout.Context, in failTimes) (object, error) {
		if err := ctx.Store().Append(ctx, "keys", ctx.IdempotencyKey()); err != nil {
			return nil, err
		}
		if ctx.Attempt() <= in.FailTimes {
			return nil, errNotYet
		}
		var keys []string
		if _, err := ctx.Store().Get(ctx, "keys", &keys); err != nil {
			return nil, err
		}
		distinct := map[string]bool{}
		for _, key := range keys {
			distinct[key] = true
		}
		return object{
			"attempt": ctx.Attempt(), "identifier": ctx.Identifier(), "graph_name": ctx.GraphName(),
			"keys": len(keys), "distinct_keys": len(distinct),
		}, nil
	}),
	fanout.Func("StoreSteps", func(ctx fanout.Context, in struct {
		Steps [][]json.RawMessage `json:"steps"`
	}) (object, error) {
		answers := []any{}
		for _, step := range in.Steps {
			answer, err := storeStep(ctx, step)
			if err != nil {
				return nil, err
			}
			answers = append(answers, answer)
		}
		return object{"answers": answers}, nil
	}),
	fanout.Func("StoreReport", func(ctx fanout.Context, in failTimes) (nothing, error) {
		report := ctx.Report()
		err := errors.Join(
			report.Increment("reports", 1), report.Append("attempts", ctx.Attempt()),
			report.Set("last", ctx.Attempt()), report.Delete("first"),
		)
		if err == nil && ctx.Attempt() <= in.FailTimes {
			err = errNotYet
		}
		return nothing{}, err
	}),
	fanout.Func("Secret", func(ctx fanout.Context, in struct {
		Leak bool `json:"leak,omitempty"`
	}) (object, error) {
		if in.Leak {
			return nil, fmt.Errorf("the key is %s", ctx.Secret("API_KEY"))
		}
		return object{"length": len(ctx.Secret("API_KEY"))}, nil
	}, fanout.Secrets("API_KEY")),
}

// storeStep makes one step: the name of a method, a key or several, and what else it takes.
func storeStep(ctx fanout.Context, step []json.RawMessage) (any, error) {
	store := ctx.Store()
	var method, key string
	if err := json.Unmarshal(step[0], &method); err != nil {
		return nil, err
	}
	if method == "get_many" {
		var keys []string
		if err := json.Unmarshal(step[1], &keys); err != nil {
			return nil, err
		}
		return store.GetMany(ctx, keys...)
	}
	if err := json.Unmarshal(step[1], &key); err != nil {
		return nil, err
	}
	switch method {
	case "get":
		var found json.RawMessage
		_, err := store.Get(ctx, key, &found)
		return found, err
	case "set":
		return nil, store.Set(ctx, key, step[2])
	case "delete":
		return nil, store.Delete(ctx, key)
	case "increment":
		var by float64
		if err := json.Unmarshal(step[2], &by); err != nil {
			return nil, err
		}
		return store.Increment(ctx, key, by)
	case "append":
		return nil, store.Append(ctx, key, step[2])
	case "compare_and_set":
		expected := any(step[2])
		if string(step[2]) == "null" {
			expected = fanout.Absent
		}
		compared, err := store.CompareAndSet(ctx, key, expected, step[3])
		return object{"applied": compared.IsApplied, "value": compared.Value}, err
	}
	return nil, fanout.NotRetryable("NO_SUCH_METHOD", "the store has no method %s", method)
}
