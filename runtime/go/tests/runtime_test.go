package tests

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	fanout "github.com/fanout/fanout/runtime/go"
	"github.com/fanout/fanout/runtime/go/client"
	"github.com/fanout/fanout/runtime/go/graph"
)

type number struct {
	N int `json:"n"`
}
type numbers struct {
	Numbers []int `json:"numbers"`
}
type count struct {
	Count int `json:"count"`
}

func TestNodesReturnOneManyAndNone(t *testing.T) {
	c := newClient(t, fanout.ClientOptions{})
	one := fanout.Func("go.One", func(_ fanout.Context, in number) (number, error) { return number{in.N + 1}, nil })
	many := fanout.FanOut("go.Many", func(_ fanout.Context, in count) ([]number, error) {
		outs := make([]number, in.Count)
		for at := range outs {
			outs[at].N = at
		}
		return outs, nil
	})
	nothing := fanout.Func("go.Nothing", func(fanout.Context, struct{}) (struct{}, error) { return struct{}{}, nil })
	host(t, fanout.RuntimeOptions{}, one, many, nothing)
	expect(t, c, one, number{1}, `[{"n":2}]`)
	expect(t, c, many, count{3}, `[{"n":0},{"n":1},{"n":2}]`)
	expect(t, c, many, count{0}, `[]`)
	expect(t, c, nothing, nil, `[{}]`)
}

func TestIntegersAreExactWhateverTheirSize(t *testing.T) {
	c := newClient(t, fanout.ClientOptions{})
	exact := fanout.Func("go.Exact", func(_ fanout.Context, in struct {
		Any   any             `json:"any"`
		Int   int64           `json:"int"`
		Whole int             `json:"whole"`
		Raw   json.RawMessage `json:"raw"`
	}) (map[string]any, error) {
		return map[string]any{"any": in.Any, "int": in.Int, "whole": in.Whole, "raw": in.Raw}, nil
	})
	host(t, fanout.RuntimeOptions{}, exact)
	inputs := json.RawMessage(`{"any":123456789012345678901234567890,"int":9007199254740993,"whole":1e2,"raw":[1e400,0.1]}`)
	expect(t, c, exact, inputs, `[{"any":123456789012345678901234567890,"int":9007199254740993,"raw":[1e400,0.1],"whole":100}]`)
}

func TestUnitedListsAreReadInPagesAndInOrder(t *testing.T) {
	const width = 12_000
	c := newClient(t, fanout.ClientOptions{})
	split := fanout.FanOut("go.Split", func(_ fanout.Context, in count) ([]number, error) {
		outs := make([]number, in.Count)
		for at := range outs {
			outs[at].N = at
		}
		return outs, nil
	})
	sum := fanout.Func("go.Sum", func(_ fanout.Context, in struct {
		Numbers fanout.United[int] `json:"numbers"`
		Failed  int                `json:"failed"`
	}) (count, error) {
		next := 0
		for n, err := range in.Numbers.All() {
			if err != nil {
				return count{}, err
			}
			if n != next {
				return count{}, fanout.NotRetryable("DISORDER", "%d comes in place of %d", n, next)
			}
			next++
		}
		return count{next + in.Failed}, nil
	})
	host(t, fanout.RuntimeOptions{Concurrency: 500}, split, sum)
	g := graph.New("go-pages", graph.Options{Inputs: graph.TypeOf[count](), Limits: &graph.Limits{Width: width}})
	parts := g.Start(split, nil)
	whole := g.Unite(parts, parts, sum, graph.Inputs{"numbers": graph.AllOf(parts.Out("n")), "failed": g.Counts("failed")}, graph.Policy{})
	made := g.MustBuild(whole)
	upsert(t, c, made)
	outs, err := fanout.CallFor[count](t.Context(), c, made, count{width})
	if err != nil || len(outs) != 1 || outs[0].Count != width {
		t.Errorf("it gives %v, %v", outs, err)
	}
	if outs, err = fanout.CallFor[count](t.Context(), c, made, count{0}); err != nil || outs[0].Count != 0 {
		t.Errorf("an empty list gives %v, %v", outs, err)
	}
}

func TestSignalsSteerTheirState(t *testing.T) {
	c := newClient(t, fanout.ClientOptions{})
	var times atomic.Int32
	steered := fanout.Func("go.Steered", func(ctx fanout.Context, in struct {
		Do string `json:"do"`
	}) (map[string]any, error) {
		switch in.Do {
		case "prune":
			return nil, fmt.Errorf("wrapped: %w", fanout.Prune(map[string]string{"why": "empty"}))
		case "later":
			if times.Add(1) < 3 {
				return nil, fanout.RequeueAfter(10 * time.Millisecond)
			}
			return map[string]any{"times": times.Load(), "attempt": ctx.Attempt()}, nil
		case "final":
			return nil, fanout.NotRetryable("NOT_SAFE", "reading: %w", os.ErrPermission)
		}
		if ctx.Attempt() < 3 {
			return nil, errors.New("again")
		}
		return map[string]any{"attempt": ctx.Attempt()}, nil
	})
	host(t, fanout.RuntimeOptions{}, steered)
	do := func(what string) map[string]string { return map[string]string{"do": what} }
	expect(t, c, steered, do("prune"), `[]`)
	expect(t, c, steered, do("later"), `[{"attempt":1,"times":3}]`)
	expect(t, c, steered, do("retry"), `[{"attempt":3}]`)
	if failed := failure(t, c, steered, do("final")); failed.Code != "NOT_SAFE" || failed.Message != "reading: permission denied" {
		t.Errorf("it fails with %v", failed)
	}
	for state, err := range c.States(t.Context(), lastRun(t, c, "go.Steered", "PRUNED"), fanout.StateFilter{Status: "PRUNED"}) {
		if err != nil || string(state.Output) != `{"why":"empty"}` {
			t.Errorf("the data of the prune are %s, %v", state.Output, err)
		}
	}
}

// lastRun is the newest run of a graph that has a state in a status.
func lastRun(t *testing.T, c *fanout.Client, graphName, status string) string {
	t.Helper()
	for run, err := range c.Runs(t.Context(), fanout.RunFilter{GraphName: graphName}) {
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range c.States(t.Context(), run.ID, fanout.StateFilter{Status: client.StateStatus(status)}) {
			if err != nil {
				t.Fatal(err)
			}
			return run.ID
		}
	}
	t.Fatalf("no run of %s has a state that is %s", graphName, status)
	panic("unreachable")
}

func TestFailuresTellCausesAndPlacesAndNoSecret(t *testing.T) {
	c := newClient(t, fanout.ClientOptions{})
	fails := fanout.Func("go.Fails", func(ctx fanout.Context, in struct {
		How string `json:"how"`
	}) (struct{}, error) {
		_, missing := os.Open("/no/such/file")
		switch in.How {
		case "panic":
			return struct{}{}, errors.New([]string{"only one"}[ctx.Attempt()])
		case "secret":
			return struct{}{}, fanout.NotRetryable("", "the key is %s", ctx.Secret("KEY"))
		case "long":
			return struct{}{}, fanout.NotRetryable("LONG", "%s", strings.Repeat("é", 5_000))
		case "joined":
			return struct{}{}, fanout.NotRetryable("", "all of it: %w", errors.Join(errors.New("one"), errors.New("two"), missing))
		case "goexit":
			runtime.Goexit()
		}
		return struct{}{}, fmt.Errorf("cannot begin: %w", missing)
	}, fanout.Secrets("KEY"))
	host(t, fanout.RuntimeOptions{}, fails)
	template := oneNode("go.Fails", "go.Fails").Template.(map[string]any)
	template["secrets"] = map[string]string{"KEY": "hush-hush"}
	template["retry_policy"] = map[string]any{"max_retries": 0}
	upsert(t, c, fanout.NamedTemplate{Name: "go.Fails", Template: template})
	for how, check := range map[string]func(code, message string) bool{
		"": func(code, message string) bool {
			return code == "NODE_ERROR" && strings.HasPrefix(message, "cannot begin: open /no/such/file: no such file or directory\ncaused by fs.PathError")
		},
		"panic": func(code, message string) bool {
			return code == "NODE_ERROR" && strings.HasPrefix(message, "panic: runtime error: index out of range [1] with length 1") && strings.Contains(message, "\n  at tests/runtime_test.go:")
		},
		"secret": func(code, message string) bool { return code == "NODE_ERROR" && message == "the key is ***" },
		"long": func(code, message string) bool {
			return code == "LONG" && len(message) <= 4_096 && strings.HasSuffix(message, "é…")
		},
		"joined": func(_, message string) bool {
			return strings.Contains(message, "one\ntwo\nopen /no/such/file")
		},
		"goexit": func(_, message string) bool { return strings.Contains(message, "runtime.Goexit") },
	} {
		_, err := c.Call(t.Context(), fanout.Named("go.Fails"), map[string]string{"how": how})
		var failed *fanout.RunFailedError
		if !errors.As(err, &failed) || !check(failed.Failures[0].Code, failed.Failures[0].Message) {
			t.Errorf("%q fails with %v", how, err)
			continue
		}
		for state, err := range c.States(t.Context(), failed.RunID, fanout.StateFilter{Status: "ERRORED"}) {
			if hasStack := err == nil && strings.Contains(state.Failure.Stack, "runtime_test.go:"); hasStack != (how == "panic") {
				t.Errorf("%q has the stack %q, %v", how, state.Failure.Stack, err)
			}
		}
	}
}

func TestBadOutputsFailWithoutARetry(t *testing.T) {
	c := newClient(t, fanout.ClientOptions{})
	bad := fanout.Func("go.Bad", func(_ fanout.Context, in struct {
		How string `json:"how"`
	}) (map[string]any, error) {
		switch in.How {
		case "large":
			return map[string]any{"text": strings.Repeat("x", 1_100_000)}, nil
		case "func":
			return map[string]any{"f": func() {}}, nil
		}
		return nil, nil
	})
	host(t, fanout.RuntimeOptions{}, bad)
	for how, code := range map[string]string{"large": "OUTPUT_TOO_LARGE", "func": "OUTPUT_INVALID", "nil": "OUTPUT_INVALID"} {
		if failed := failure(t, c, bad, map[string]string{"how": how}); failed.Code != code {
			t.Errorf("%s fails with %v", how, failed)
		}
	}
}

func TestATimeoutAndACancellationEndTheContext(t *testing.T) {
	c := newClient(t, fanout.ClientOptions{})
	causes := make(chan error, 10)
	begun := make(chan string, 10)
	node := func(name string, options ...fanout.NodeOption) fanout.AnyNode {
		return fanout.Func(name, func(ctx fanout.Context, _ struct{}) (struct{}, error) {
			begun <- ctx.RunID()
			<-ctx.Done()
			causes <- fmt.Errorf("%w", context.Cause(ctx))
			return struct{}{}, context.Cause(ctx)
		}, options...)
	}
	slow, waits := node("go.Slow", fanout.Timeout(50*time.Millisecond)), node("go.Waits")
	host(t, fanout.RuntimeOptions{}, slow, waits)
	template := oneNode("go.Slow", "go.Slow").Template.(map[string]any)
	template["retry_policy"] = map[string]any{"max_retries": 0}
	upsert(t, c, fanout.NamedTemplate{Name: "go.Slow", Template: template})
	_, err := c.Call(t.Context(), fanout.Named("go.Slow"), nil)
	if err == nil || !strings.Contains(err.Error(), "TIMEOUT: go.Slow took longer than its timeout of 50ms") {
		t.Errorf("a timeout fails with %v", err)
	}
	var cancelled *fanout.Cancelled
	if cause := awaited(t, "the timeout", causes); !errors.As(cause, &cancelled) || cancelled.Code != "TIMEOUT" {
		t.Errorf("the cause of a timeout is %v", cause)
	}
	awaited(t, "the slow node", begun)
	upsert(t, c, oneNode("go.Waits", "go.Waits"))
	run, err := c.Trigger(t.Context(), fanout.Named("go.Waits"), nil)
	if err != nil {
		t.Fatal(err)
	}
	awaited(t, "the waiting node", begun)
	if changed, err := c.Cancel(t.Context(), run.ID); err != nil || !changed {
		t.Errorf("cancelling gives %v, %v", changed, err)
	}
	if cause := awaited(t, "the cancellation", causes); !errors.As(cause, &cancelled) || cancelled.Code != "CANCELLED" {
		t.Errorf("the cause of a cancellation is %v", cause)
	}
}

func TestStoreReportSecretsAndFacts(t *testing.T) {
	c := newClient(t, fanout.ClientOptions{})
	keeps := fanout.Func("go.Keeps", func(ctx fanout.Context, in number) (map[string]any, error) {
		sum, err := ctx.Store().Increment(ctx, "visits", 2)
		if err != nil {
			return nil, err
		}
		if err := ctx.Store().Set(ctx, "user", map[string]any{"name": "Ann", "big": json.Number("9007199254740993")}); err != nil {
			return nil, err
		}
		values, err := ctx.Store().GetMany(ctx, "user", "visits", "none")
		if err != nil {
			return nil, err
		}
		swapped, err := ctx.Store().CompareAndSet(ctx, "visits", 99, 1)
		if err != nil {
			return nil, err
		}
		ctx.Heartbeat("half of it")
		ctx.Log().Info("here")
		facts := ctx.GraphName() == "go.Keeps" && ctx.NodeName() == "go.Keeps" && ctx.Identifier() == "only" && ctx.RunID() != "" &&
			strings.HasPrefix(ctx.StateID(), ctx.RunID()) && ctx.IdempotencyKey() != "" && ctx.Traceparent() == "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
		return map[string]any{
			"sum": sum, "user": values["user"], "there": len(values), "swapped": swapped.IsApplied, "now": swapped.Value,
			"facts": facts, "secret": len(ctx.Secret("KEY")),
		}, errors.Join(ctx.Report().Append("seen", in.N), ctx.Report().Increment("visits", 10), ctx.Store().Delete(ctx, "user"))
	}, fanout.Secrets("KEY"))
	var lines logged
	host(t, fanout.RuntimeOptions{Logger: lines.logger()}, keeps)
	template := oneNode("go.Keeps", "go.Keeps").Template.(map[string]any)
	template["secrets"] = map[string]string{"KEY": "hush-hush"}
	template["store_config"] = map[string]any{"default_values": map[string]any{"visits": 1}}
	upsert(t, c, fanout.NamedTemplate{Name: "go.Keeps", Template: template})
	trigger := fanout.TriggerOptions{Store: map[string]any{"visits": 40}, Traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
	run, err := c.Trigger(t.Context(), fanout.Named("go.Keeps"), number{7}, trigger)
	if err != nil {
		t.Fatal(err)
	}
	results, err := c.Result(t.Context(), run.ID)
	want := `{"facts":true,"now":42,"secret":9,"sum":42,"swapped":false,"there":2,"user":{"big":9007199254740993,"name":"Ann"}}`
	if err != nil || string(results[0].Output) != want {
		t.Errorf("it gives %s, %v", results[0].Output, err)
	}
	store, err := c.Store(t.Context(), run.ID)
	if err != nil || fmt.Sprintf("%s", store) != "map[seen:[7] visits:52]" {
		t.Errorf("the store has %s, %v", store, err)
	}
	if said := lines.events("here"); len(said) != 1 || said[0]["run_id"] != run.ID || said[0]["identifier"] != "only" {
		t.Errorf("its lines are %v", said)
	}
}

func TestOutputsGoWhereTheirRouteSays(t *testing.T) {
	c := newClient(t, fanout.ClientOptions{})
	sorts := fanout.FanOut("go.Sorts", func(_ fanout.Context, in numbers) ([]fanout.Routed[number], error) {
		var outs []fanout.Routed[number]
		for _, n := range in.Numbers {
			switch {
			case n > 100:
				outs = append(outs, fanout.Route(number{n}, "large"))
			case n < 0:
				outs = append(outs, fanout.Route(number{n}))
			default:
				outs = append(outs, fanout.ToAll(number{n}))
			}
		}
		return outs, nil
	})
	same := fanout.Func("go.Same", func(_ fanout.Context, in number) (number, error) { return in, nil })
	host(t, fanout.RuntimeOptions{}, sorts, same)
	g := graph.New("go-routes", graph.Options{Inputs: graph.TypeOf[numbers]()})
	sorted := g.Start(sorts, nil)
	large := g.After(sorted, same, graph.Inputs{"n": sorted.Out("n")}, graph.ID("large"))
	g.After(sorted, same, graph.Inputs{"n": sorted.Out("n")}, graph.ID("small"))
	made := g.MustBuild(large)
	upsert(t, c, made)
	outs, err := fanout.CallFor[number](t.Context(), c, made, numbers{[]int{5, 500, -5}})
	if err != nil || fmt.Sprint(outs) != "[{5} {500}]" {
		t.Errorf("the large are %v, %v", outs, err)
	}
}

func TestWhatAnOpenFanOutEmitsIsABranchAtOnce(t *testing.T) {
	c := newClient(t, fanout.ClientOptions{})
	goOn := make(chan struct{})
	emits := fanout.OpenFanOut("go.Emits", func(ctx fanout.Context, in count, emit func(number) error) error {
		for n := range in.Count {
			if n == 1 {
				<-goOn // only when the first branch has run
			}
			if err := emit(number{n}); err != nil {
				return err
			}
		}
		return nil
	})
	takes := fanout.Func("go.Takes", func(_ fanout.Context, in number) (number, error) {
		if in.N == 0 {
			close(goOn)
		}
		return in, nil
	})
	host(t, fanout.RuntimeOptions{Concurrency: 200}, emits, takes)
	g := graph.New("go-open", graph.Options{Inputs: graph.TypeOf[count]()})
	first := g.Start(emits, nil)
	made := g.MustBuild(g.After(first, takes, graph.Inputs{"n": first.Out("n")}))
	upsert(t, c, made)
	outs, err := fanout.CallFor[number](t.Context(), c, made, count{3_000})
	if err != nil || len(outs) != 3_000 || outs[2_999].N != 2_999 {
		t.Errorf("it gives %d, %v", len(outs), err)
	}
}

func TestConcurrencyBoundsExecutions(t *testing.T) {
	c := newClient(t, fanout.ClientOptions{})
	var running, most atomic.Int32
	bounded := fanout.Func("go.Bounded", func(fanout.Context, number) (number, error) {
		now := running.Add(1)
		for {
			known := most.Load()
			if now <= known || most.CompareAndSwap(known, now) {
				break
			}
		}
		time.Sleep(2 * time.Millisecond)
		running.Add(-1)
		return number{}, nil
	}, fanout.Concurrency(3))
	split := fanout.FanOut("go.SplitBounded", func(_ fanout.Context, in count) ([]number, error) { return make([]number, in.Count), nil })
	host(t, fanout.RuntimeOptions{Concurrency: 50}, bounded, split)
	g := graph.New("go-bounded", graph.Options{Inputs: graph.TypeOf[count]()})
	first := g.Start(split, nil)
	made := g.MustBuild(g.After(first, bounded, graph.Inputs{"n": first.Out("n")}))
	upsert(t, c, made)
	if _, err := c.Call(t.Context(), made, count{100}); err != nil || most.Load() != 3 {
		t.Errorf("%d run at once, %v", most.Load(), err)
	}
}
