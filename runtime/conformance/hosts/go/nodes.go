package main

import (
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"time"

	fanout "github.com/fanout/fanout/runtime/go"
)

type (
	object  = map[string]any
	nothing struct{}

	number struct {
		N int64 `json:"n"`
	}
	counted struct {
		Count int64 `json:"count"`
	}
	value struct {
		Value any `json:"value,omitempty"`
	}
	anything struct {
		Value any `json:"value"`
	}
	attempt struct {
		Attempt int `json:"attempt"`
	}
	times struct {
		Times int `json:"times"`
	}
	emitted struct {
		Count   int64  `json:"count"`
		PauseAt *int64 `json:"pause_at,omitempty"`
		Gate    string `json:"gate,omitempty"`
	}
)

// catalogue is `NODES.md`, in Go.
var catalogue = slices.Concat(outputs, unites, endings, surroundings, inTime)

var outputs = []fanout.AnyNode{
	fanout.Func("Echo", func(_ fanout.Context, in value) (anything, error) { return anything(in), nil }),
	fanout.Func("Nothing", func(fanout.Context, nothing) (nothing, error) { return nothing{}, nil }),
	fanout.Func("Double", func(_ fanout.Context, in number) (number, error) { return number{2 * in.N}, nil }),
	fanout.FanOut("Split", func(_ fanout.Context, in counted) ([]number, error) { return numbersTo(in.Count), nil }),
	fanout.FanOut("SplitItems", func(_ fanout.Context, in struct {
		Items []any `json:"items"`
	}) ([]object, error) {
		outs := make([]object, len(in.Items))
		for at, item := range in.Items {
			outs[at] = object{"item": item}
		}
		return outs, nil
	}),
	fanout.FanOut("Generate", func(_ fanout.Context, in struct {
		Count  int64  `json:"count"`
		FailAt *int64 `json:"fail_at,omitempty"`
	}) ([]number, error) {
		if in.FailAt != nil && *in.FailAt < in.Count {
			return nil, fmt.Errorf("generator broke at %d", *in.FailAt)
		}
		return numbersTo(in.Count), nil
	}),
	fanout.OpenFanOut("Emit", func(ctx fanout.Context, in emitted, emit func(number) error) error {
		return emitFrom(0, ctx, in, emit)
	}),
	fanout.OpenFanOut("Continue", func(ctx fanout.Context, in emitted, emit func(number) error) error {
		begin := ctx.AcceptedEmits()
		if err := ctx.ContinueFrom(begin); err != nil {
			return err
		}
		say(ctx, line{Text: "continued", From: &begin})
		return emitFrom(int64(begin), ctx, in, emit)
	}),
	fanout.FanOut("Large", func(_ fanout.Context, in struct {
		Bytes int `json:"bytes"`
		Count int `json:"count"`
	}) ([]object, error) {
		return slices.Repeat([]object{{"text": strings.Repeat("x", in.Bytes)}}, in.Count), nil
	}),
	fanout.Func("Wrong", func(fanout.Context, nothing) (wrong, error) { return wrong{}, nil }),
	fanout.FanOut("Route", func(_ fanout.Context, in struct {
		Outputs []struct {
			Value any      `json:"value,omitempty"`
			Next  []string `json:"next,omitempty"`
		} `json:"outputs"`
	}) ([]fanout.Routed[anything], error) {
		var outs []fanout.Routed[anything]
		for _, each := range in.Outputs {
			outs = append(outs, fanout.Routed[anything]{Output: anything{each.Value}, NextNodes: each.Next})
		}
		return outs, nil
	}),
}

// wrong is written otherwise than its schema says.
type wrong struct {
	N int64 `json:"n"`
}

// MarshalJSON writes text in place of the number.
func (wrong) MarshalJSON() ([]byte, error) { return []byte(`{"n":"text"}`), nil }

func numbersTo(count int64) []number {
	outs := make([]number, count)
	for at := range outs {
		outs[at].N = int64(at)
	}
	return outs
}

func emitFrom(begin int64, ctx fanout.Context, in emitted, emit func(number) error) error {
	for n := begin; n < in.Count; n++ {
		if in.PauseAt != nil && n == *in.PauseAt {
			say(ctx, line{Text: "paused"})
			if err := waitFor(ctx, in.Gate); err != nil {
				return err
			}
		}
		if err := emit(number{n}); err != nil {
			return err
		}
	}
	return nil
}

var unites = []fanout.AnyNode{
	fanout.Func("Sum", func(_ fanout.Context, in struct {
		Numbers fanout.United[int64] `json:"numbers"`
	}) (object, error) {
		count, sum, last, isSorted := 0, int64(0), int64(math.MinInt64), true
		for n, err := range in.Numbers.All() {
			if err != nil {
				return nil, err
			}
			count, sum, isSorted, last = count+1, sum+n, isSorted && n >= last, n
		}
		return object{"count": count, "sum": sum, "is_sorted": isSorted}, nil
	}),
	fanout.Func("Collect", func(_ fanout.Context, in struct {
		Items fanout.United[any] `json:"items"`
	}) (object, error) {
		items := []any{}
		for item, err := range in.Items.All() {
			if err != nil {
				return nil, err
			}
			items = append(items, item)
		}
		return object{"items": items}, nil
	}),
}

var endings = []fanout.AnyNode{
	fanout.Func("Fail", func(ctx fanout.Context, in struct {
		Message string `json:"message"`
		Times   *int   `json:"times,omitempty"`
	}) (attempt, error) {
		if in.Times == nil || ctx.Attempt() <= *in.Times {
			return attempt{}, errors.New(in.Message)
		}
		return attempt{ctx.Attempt()}, nil
	}),
	fanout.Func("Refuse", func(_ fanout.Context, in struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	}) (nothing, error) {
		return nothing{}, fanout.NotRetryable(in.Code, "%s", in.Message)
	}),
	fanout.Func("FailOver", func(_ fanout.Context, in struct {
		Message string `json:"message"`
		Cause   string `json:"cause"`
	}) (nothing, error) {
		return nothing{}, fmt.Errorf("%s: %w", in.Message, errors.New(in.Cause))
	}),
	fanout.Func("Sift", func(_ fanout.Context, in struct {
		N      int64   `json:"n"`
		Broken []int64 `json:"broken,omitempty"`
		Pruned []int64 `json:"pruned,omitempty"`
	}) (number, error) {
		switch {
		case slices.Contains(in.Broken, in.N):
			return number{}, fanout.NotRetryable("BROKEN", "%d is broken", in.N)
		case slices.Contains(in.Pruned, in.N):
			return number{}, fanout.Prune(number{in.N})
		}
		return number{in.N}, nil
	}),
	fanout.Func("Prune", func(_ fanout.Context, in struct {
		Data any `json:"data,omitempty"`
	}) (nothing, error) {
		return nothing{}, fanout.Prune(in.Data)
	}),
	fanout.Func("Requeue", func(ctx fanout.Context, in struct {
		DelayMs int `json:"delay_ms"`
		Times   int `json:"times"`
	}) (object, error) {
		executions, err := ctx.Store().Increment(ctx, "executions", 1)
		if err != nil {
			return nil, err
		}
		if int(executions) <= in.Times {
			return nil, fanout.RequeueAfter(time.Duration(in.DelayMs) * time.Millisecond)
		}
		return object{"executions": int(executions), "attempt": ctx.Attempt()}, nil
	}),
}

var inTime = []fanout.AnyNode{
	fanout.Func("Hold", func(ctx fanout.Context, in struct {
		Gate     string `json:"gate"`
		Value    any    `json:"value,omitempty"`
		Progress string `json:"progress,omitempty"`
	}) (anything, error) {
		if in.Progress != "" {
			ctx.Heartbeat(in.Progress)
		}
		say(ctx, line{Text: "holding"})
		return anything{in.Value}, waitFor(ctx, in.Gate)
	}),
	fanout.Func("Linger", func(ctx fanout.Context, in struct {
		Gate string `json:"gate"`
	}) (nothing, error) {
		say(ctx, line{Text: "holding"})
		waitAnyway(in.Gate)
		say(ctx, line{Text: "returned"})
		return nothing{}, nil
	}),
	fanout.Func("Slow", func(ctx fanout.Context, in struct {
		Gate string `json:"gate"`
	}) (nothing, error) {
		say(ctx, line{Text: "holding"})
		return nothing{}, waitFor(ctx, in.Gate)
	}, fanout.Timeout(300*time.Millisecond)),
	fanout.Func("Block", func(ctx fanout.Context, in struct {
		Ms int `json:"ms"`
	}) (nothing, error) {
		say(ctx, line{Text: "blocking"})
		time.Sleep(time.Duration(in.Ms) * time.Millisecond)
		return nothing{}, nil
	}),
	fanout.Func("Crash", func(ctx fanout.Context, in times) (attempt, error) {
		if ctx.Attempt() <= in.Times {
			say(ctx, line{Text: "crashing"})
			os.Exit(3)
		}
		return attempt{ctx.Attempt()}, nil
	}),
}
