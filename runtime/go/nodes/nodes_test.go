package nodes_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	fanout "github.com/fanout/fanout/runtime/go"
)

type sizeIn struct {
	Text  string               `json:"text" jsonschema:"the text to measure"`
	Times int                  `json:"times" default:"2"`
	Tags  []string             `json:"tags,omitempty"`
	Sizes fanout.United[int64] `json:"sizes,omitzero"`
}
type sizeOut struct {
	Size int64 `json:"size"`
}

func schemaOf(t *testing.T, of any) string {
	t.Helper()
	text, err := json.Marshal(of)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestSchemasAreMadeOfTypes(t *testing.T) {
	node := fanout.Func("n", func(fanout.Context, sizeIn) (fanout.Routed[sizeOut], error) { return fanout.ToAll(sizeOut{}), nil })
	definition := node.Definition()
	if definition.Err != nil {
		t.Fatal(definition.Err)
	}
	want := `{"type":"object","properties":{"text":{"type":"string","description":"the text to measure"},"times":{"type":"integer","default":2},` +
		`"tags":{"type":["null","array"],"items":{"type":"string"}},"sizes":{"type":"array","items":{"type":"integer"}}},"required":["text"]}`
	if got := schemaOf(t, definition.Inputs); got != want {
		t.Errorf("the schema of the inputs is\n%s\nand not\n%s", got, want)
	}
	if got, want := schemaOf(t, definition.Outputs), `{"type":"object","properties":{"size":{"type":"integer"}},"required":["size"]}`; got != want {
		t.Errorf("the schema of the outputs is %s", got)
	}
	if !slices.Equal(definition.IteratorInputs, []string{"sizes"}) {
		t.Errorf("inputs that are read in pages are %v", definition.IteratorInputs)
	}
}

func TestMistakesInADeclarationAreTold(t *testing.T) {
	none := func(fanout.Context, struct{}) (struct{}, error) { return struct{}{}, nil }
	for words, node := range map[string]fanout.AnyNode{
		`node name "a b"`:   fanout.Func("a b", none),
		"concurrency 0":     fanout.Func("n", none, fanout.Concurrency(0)),
		"timeout -1s":       fanout.Func("n", none, fanout.Timeout(-time.Second)),
		"give the name":     fanout.Func("n", none, fanout.Secrets("a secret")),
		"the type string":   fanout.Func("n", func(fanout.Context, string) (struct{}, error) { return struct{}{}, nil }),
		"the type []int is": fanout.Func("n", func(fanout.Context, struct{}) ([]int, error) { return nil, nil }),
		"has no schema":     fanout.Func("n", func(fanout.Context, struct{ C chan int }) (struct{}, error) { return struct{}{}, nil }),
		`the default "x" of n`: fanout.Func("n", func(fanout.Context, struct {
			N int `json:"n" default:"x"`
		}) (struct{}, error) {
			return struct{}{}, nil
		}),
	} {
		if err := node.Definition().Err; err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%q is not told, but %v", words, err)
		}
		if _, err := fanout.NewRuntime(fanout.RuntimeOptions{Nodes: []fanout.AnyNode{node}}); err == nil {
			t.Errorf("%q: a runtime takes it", words)
		}
	}
}

func TestANodeRunsWithoutAServer(t *testing.T) {
	ctx := context.Background()
	node := fanout.FanOut("n", func(ctx fanout.Context, in sizeIn) ([]sizeOut, error) {
		outs := make([]sizeOut, in.Times)
		for size, err := range in.Sizes.All() {
			if err != nil {
				return nil, err
			}
			for at := range outs {
				outs[at].Size += size
			}
		}
		return outs, nil
	})
	outs, err := fanout.RunNode(ctx, node, sizeIn{Times: 3, Sizes: fanout.ListOf(1, int64(math.MaxInt64-1))})
	if err != nil || !slices.Equal(outs, []sizeOut{{math.MaxInt64}, {math.MaxInt64}, {math.MaxInt64}}) {
		t.Errorf("it gives %v, %v", outs, err)
	}
	if outs, err := fanout.RunNode(ctx, node, sizeIn{}); err != nil || len(outs) != 0 {
		t.Errorf("an empty list gives %v, %v", outs, err)
	}
	routed := fanout.Func("r", func(_ fanout.Context, in map[string]any) (fanout.Routed[map[string]any], error) {
		return fanout.Route(in, "large"), nil
	})
	big, err := fanout.RunNode(ctx, routed, map[string]any{"n": json.Number("123456789012345678901234567890"), "html": "<&>"})
	if err != nil || big[0].NextNodes[0] != "large" || big[0].Output["n"] != json.Number("123456789012345678901234567890") {
		t.Errorf("a route gives %v, %v", big, err)
	}
	titled := fanout.Func("t", func(_ fanout.Context, in map[string]any) (fanout.Routed[map[string]any], error) {
		return fanout.Route(in, "large").WithLabel("Quo Vadis?"), nil
	})
	if outs, err := fanout.RunNode(ctx, titled, map[string]any{}); err != nil || outs[0].Label != "Quo Vadis?" || len(outs[0].NextNodes) != 1 {
		t.Errorf("a label gives %v, %v", outs, err)
	}
	open := fanout.OpenFanOut("o", func(_ fanout.Context, in sizeIn, emit func(sizeOut) error) error {
		return errors.Join(emit(sizeOut{1}), emit(sizeOut{2}))
	})
	if outs, err := fanout.RunNode(ctx, open, sizeIn{}); err != nil || len(outs) != 2 {
		t.Errorf("an open fan-out gives %v, %v", outs, err)
	}
}

func TestBadInputsAndOutputsAreNotRetryable(t *testing.T) {
	ctx := context.Background()
	strict := fanout.Func("strict", func(_ fanout.Context, in map[string]int) (map[string]any, error) {
		if in["nan"] == 1 {
			return map[string]any{"n": math.NaN()}, nil
		}
		return nil, nil
	}, fanout.Secrets("KEY"))
	withKey := fanout.RunOptions{Secrets: map[string]string{"KEY": "x"}}
	for _, each := range []struct {
		in          map[string]int
		options     fanout.RunOptions
		code, words string
	}{
		{map[string]int{"nan": 1}, withKey, "OUTPUT_INVALID", "output 0 cannot be written as JSON"},
		{map[string]int{"nan": 0}, withKey, "OUTPUT_INVALID", "output 0 is null, and has to be a JSON object"},
		{nil, withKey, "INPUT_INVALID", "the inputs of strict break its schema"},
		{map[string]int{}, fanout.RunOptions{}, "SECRET_MISSING", `strict needs the secret "KEY"`},
	} {
		_, err := fanout.RunNode(ctx, strict, each.in, each.options)
		var final *fanout.NotRetryableError
		if !errors.As(err, &final) || final.Code != each.code || !strings.Contains(err.Error(), each.words) {
			t.Errorf("%s: %q is not told, but %v", each.code, each.words, err)
		}
	}
}

func TestSignalsAndChangesToTheStore(t *testing.T) {
	ctx := context.Background()
	store, err := fanout.NewMemoryStore(map[string]any{"visits": 1, "names": []string{"a"}})
	if err != nil {
		t.Fatal(err)
	}
	visits := fanout.Func("visits", func(ctx fanout.Context, in map[string]string) (map[string]any, error) {
		sum, err := ctx.Store().Increment(ctx, "visits", 2)
		if err != nil {
			return nil, err
		}
		var names []string
		found, err := ctx.Store().Get(ctx, "names", &names)
		if err != nil {
			return nil, err
		}
		swapped, err := ctx.Store().CompareAndSet(ctx, "once", fanout.Absent, map[string]int{"a": 1, "b": 2})
		if err != nil {
			return nil, err
		}
		again, err := ctx.Store().CompareAndSet(ctx, "once", json.RawMessage(`{"b":2,"a":1}`), fanout.Absent)
		if err != nil {
			return nil, err
		}
		err = errors.Join(ctx.Report().Append("names", "b"), ctx.Report().Set("done", true))
		switch in["do"] {
		case "fail":
			return nil, errors.New("no")
		case "prune":
			return nil, fanout.Prune(map[string]string{"why": "empty"})
		case "later":
			return nil, fanout.RequeueAfter(time.Minute)
		case "increment":
			_, err := ctx.Store().Increment(ctx, "names", 1)
			return nil, err
		}
		return map[string]any{"sum": sum, "found": found, "names": names, "swapped": swapped.IsApplied, "again": again.IsApplied}, err
	})
	outs, err := fanout.RunNode(ctx, visits, map[string]string{}, fanout.RunOptions{Store: store})
	want := "map[again:true found:true names:[a] sum:3 swapped:true]"
	if err != nil || fmt.Sprint(outs[0]) != want {
		t.Errorf("it gives %v, %v", outs, err)
	}
	if values := store.Values(); string(values["names"]) != `["a","b"]` || string(values["done"]) != "true" {
		t.Errorf("the store has %s", values)
	}
	if _, err := fanout.RunNode(ctx, visits, map[string]string{"do": "fail"}, fanout.RunOptions{Store: store}); err == nil || string(store.Values()["names"]) != `["a","b"]` {
		t.Errorf("an error, %v, takes changes along: %s", err, store.Values())
	}
	_, err = fanout.RunNode(ctx, visits, map[string]string{"do": "prune"}, fanout.RunOptions{Store: store})
	var prune *fanout.PruneSignal
	if !errors.As(err, &prune) || fmt.Sprint(prune.Data) != "map[why:empty]" || string(store.Values()["names"]) != `["a","b","b"]` {
		t.Errorf("a prune gives %v, and the store has %s", err, store.Values())
	}
	var requeue *fanout.RequeueSignal
	if _, err = fanout.RunNode(ctx, visits, map[string]string{"do": "later"}, fanout.RunOptions{Store: store}); !errors.As(err, &requeue) || requeue.Delay != time.Minute {
		t.Errorf("a requeue gives %v", err)
	}
	if _, err = fanout.RunNode(ctx, visits, map[string]string{"do": "increment"}, fanout.RunOptions{Store: store}); !errors.Is(err, fanout.StoreInvalid) {
		t.Errorf("an increment of a list gives %v", err)
	}
	if err := fanout.RequeueAfter(-1); errors.As(err, &requeue) {
		t.Error("a negative delay is taken")
	}
}

func TestSecretsAreHiddenInWhatIsLogged(t *testing.T) {
	var lines bytes.Buffer
	secret := "it's \"hush\"\n<now>"
	node := fanout.Func("hush", func(ctx fanout.Context, _ struct{}) (struct{}, error) {
		log := ctx.Log().With("given", ctx.Secret("KEY")).WithGroup("g")
		log.Info("it is "+ctx.Secret("KEY"), "error", fmt.Errorf("bad: %s", ctx.Secret("KEY")), "any", map[string]string{"a": ctx.Secret("KEY")})
		return struct{}{}, nil
	}, fanout.Secrets("KEY"))
	options := fanout.RunOptions{Secrets: map[string]string{"KEY": secret}, Logger: slog.New(slog.NewJSONHandler(&lines, nil))}
	if _, err := fanout.RunNode(context.Background(), node, struct{}{}, options); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(lines.String(), "hush\\\"") || strings.Count(lines.String(), "***") != 4 {
		t.Errorf("it logs %s", lines.String())
	}
}

func TestAPanicAndAnUndeclaredSecretAreErrors(t *testing.T) {
	ctx := context.Background()
	crash := fanout.Func("crash", func(fanout.Context, struct{}) (struct{}, error) {
		_, err := os.Open("/no/such/file")
		panic(err)
	})
	if _, err := fanout.RunNode(ctx, crash, struct{}{}); !errors.Is(err, fs.ErrNotExist) || !strings.HasPrefix(err.Error(), "panic: open /no/such/file") {
		t.Errorf("a panic gives %v", err)
	}
	undeclared := fanout.Func("undeclared", func(ctx fanout.Context, _ struct{}) (map[string]string, error) {
		return map[string]string{"key": ctx.Secret("KEY")}, nil
	})
	if _, err := fanout.RunNode(ctx, undeclared, struct{}{}); err == nil || !strings.Contains(err.Error(), `Secrets("KEY")`) {
		t.Errorf("an undeclared secret gives %v", err)
	}
}
