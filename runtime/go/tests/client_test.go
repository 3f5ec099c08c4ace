package tests

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	fanout "github.com/fanout/fanout/runtime/go"
	"github.com/fanout/fanout/runtime/go/graph"
)

func TestTheGraphsOfTheConceptPageRunAsWritten(t *testing.T) {
	type text struct {
		Data string `json:"data"`
	}
	splitter := fanout.FanOut("DataSplitterNode", func(_ fanout.Context, in text) ([]map[string]string, error) {
		var values []int
		if err := json.Unmarshal([]byte(in.Data), &values); err != nil {
			return nil, err
		}
		var chunks []map[string]string
		for at := 0; at < len(values); at += 100 {
			chunk, err := json.Marshal(values[at : at+100])
			if err != nil {
				return nil, err
			}
			chunks = append(chunks, map[string]string{"chunk": string(chunk)})
		}
		return chunks, nil
	})
	processor := fanout.Func("DataProcessorNode", func(_ fanout.Context, in text) (map[string]int, error) {
		var values []int
		err := json.Unmarshal([]byte(in.Data), &values)
		return map[string]int{"result": sumOf(values)}, err
	})
	merger := fanout.Func("ResultMergerNode", func(_ fanout.Context, in struct {
		ProcessedData []int `json:"processed_data"`
	}) (map[string]int, error) {
		return map[string]int{"total": sumOf(in.ProcessedData)}, nil
	})
	c := newClient(t, fanout.ClientOptions{Namespace: "concept"})
	host(t, fanout.RuntimeOptions{Namespace: "concept"}, splitter, processor, merger)
	values := make([]int, 1_000)
	for at := range values {
		values[at] = at
	}
	data, err := json.Marshal(values)
	if err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{
		"fanout": "[map[result:4950] map[result:14950] map[result:24950] map[result:34950] map[result:44950] " +
			"map[result:54950] map[result:64950] map[result:74950] map[result:84950] map[result:94950]]",
		"fanout-unite": "[map[total:499500]]",
	} {
		template, err := os.ReadFile(filepath.Join(root, "examples/graphs", file+".json"))
		if err != nil {
			t.Fatal(err)
		}
		upsert(t, c, fanout.NamedTemplate{Name: file, Template: json.RawMessage(template)})
		outs, err := fanout.CallFor[map[string]int](t.Context(), c, fanout.Named(file), text{string(data)})
		if err != nil || fmt.Sprint(outs) != want {
			t.Errorf("%s gives %v, %v", file, outs, err)
		}
	}
}

func sumOf(values []int) int {
	sum := 0
	for _, value := range values {
		sum += value
	}
	return sum
}

// echo is a graph of one node that gives what it gets, or fails, or waits.
func echo(t *testing.T, c *fanout.Client, name string) *graph.Graph {
	t.Helper()
	node := fanout.Func("go.Echo."+name, func(ctx fanout.Context, in number) (number, error) {
		switch in.N {
		case -1:
			return in, fanout.NotRetryable("NEGATIVE", "%d is negative", in.N)
		case 0:
			<-ctx.Done()
			return in, context.Cause(ctx)
		}
		return in, nil
	})
	host(t, fanout.RuntimeOptions{}, node)
	g := graph.New("go-echo-"+name, graph.Options{Inputs: graph.TypeOf[number]()})
	made := g.MustBuild(g.Start(node, nil, graph.ID("echo")))
	upsert(t, c, made)
	return made
}

func TestGraphsAreStoredCheckedListedAndDeleted(t *testing.T) {
	c := newClient(t, fanout.ClientOptions{Namespace: "graphs"})
	node := fanout.Func("go.Stored", func(_ fanout.Context, in number) (number, error) { return in, nil })
	g := graph.New("stored", graph.Options{Inputs: graph.TypeOf[number]()})
	made := g.MustBuild(g.Start(node, nil))
	stored, err := c.Upsert(t.Context(), made)
	if err != nil || stored.Version != 1 || !stored.IsCreated || len(stored.Warnings) != 1 || stored.Warnings[0].Code != "NODE_UNREGISTERED" {
		t.Errorf("it is stored as %v, %v", stored, err)
	}
	if again, err := c.Upsert(t.Context(), made); err != nil || again.IsCreated {
		t.Errorf("it is stored again as %v, %v", again, err)
	}
	if read, err := c.Graph(t.Context(), "stored", 0); err != nil || read.Version != 1 || !strings.Contains(string(read.Template), "go.Stored") || read.CreatedAt.IsZero() {
		t.Errorf("it is read as %v, %v", read, err)
	}
	for listed, err := range c.Graphs(t.Context()) {
		if err != nil || listed.Name != "stored" {
			t.Errorf("graphs has %v, %v", listed, err)
		}
	}
	bad := fanout.NamedTemplate{Name: "bad", Template: json.RawMessage(`{"nodes":[{"node_name":"a","identifier":"a","next_nodes":["b"]}],"colour":1}`)}
	_, err = c.Upsert(t.Context(), bad)
	var refusal *fanout.Error
	if !errors.Is(err, fanout.GraphInvalid) || !errors.As(err, &refusal) || len(refusal.Violations) != 2 || refusal.Violations[1].Code != "UNKNOWN_NEXT_NODE" || !strings.Contains(err.Error(), "no node has the identifier") {
		t.Errorf("a bad graph gives %v", err)
	}
	if check, err := c.Validate(t.Context(), bad); err != nil || len(check.Violations) != 2 || check.Estimate != nil {
		t.Errorf("a bad graph is checked as %v, %v", check, err)
	}
	if check, err := c.Validate(t.Context(), made); err != nil || check.Estimate == nil || check.Estimate.States != 1 {
		t.Errorf("a good graph is checked as %v, %v", check, err)
	}
	if versions, err := c.DeleteGraph(t.Context(), "stored"); err != nil || versions != 1 {
		t.Errorf("it is deleted as %v, %v", versions, err)
	}
	if _, err := c.Trigger(t.Context(), made, number{1}); !errors.Is(err, fanout.GraphNotFound) {
		t.Errorf("a deleted graph gives %v", err)
	}
}

func TestTriggersAreCheckedAndKeysGiveTheSameRun(t *testing.T) {
	c := newClient(t, fanout.ClientOptions{})
	made := echo(t, c, "trigger")
	first, err := c.Trigger(t.Context(), made, number{1}, fanout.TriggerOptions{Key: "k", Priority: 5})
	if err != nil || !first.IsCreated {
		t.Fatalf("it starts %v, %v", first, err)
	}
	if second, err := c.Trigger(t.Context(), made, number{1}, fanout.TriggerOptions{Key: "k"}); err != nil || second.IsCreated || second.ID != first.ID {
		t.Errorf("the same key gives %v, %v", second, err)
	}
	if _, err := c.Trigger(t.Context(), made, number{2}, fanout.TriggerOptions{Key: "k"}); !errors.Is(err, fanout.IdempotencyConflict) {
		t.Errorf("the same key with other inputs gives %v", err)
	}
	if _, err := c.Trigger(t.Context(), made, map[string]any{"n": "x"}); !errors.Is(err, fanout.InputInvalid) {
		t.Errorf("bad inputs give %v", err)
	}
	if _, err := c.Trigger(t.Context(), fanout.Named("go-echo-trigger"), map[string]any{"n": "x"}); !errors.Is(err, fanout.InputInvalid) {
		t.Errorf("bad inputs, checked by the state manager, give %v", err)
	}
	if _, err := c.Trigger(t.Context(), made, number{1}, fanout.TriggerOptions{Priority: 101}); !errors.Is(err, fanout.FieldInvalid) {
		t.Errorf("a bad priority gives %v", err)
	}
	if _, err := c.Result(t.Context(), "no-such-run"); !errors.Is(err, fanout.RunNotFound) {
		t.Errorf("an unknown run gives %v", err)
	}
	run, err := c.Get(t.Context(), first.ID)
	if err != nil || run.Priority != 5 || run.GraphName != "go-echo-trigger" || len(run.Counts) != 1 || run.CreatedAt.IsZero() {
		t.Errorf("the run is %v, %v", run, err)
	}
	later, err := c.Trigger(t.Context(), made, number{1}, fanout.TriggerOptions{StartAt: time.Now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	if run, err := c.Get(t.Context(), later.ID); err != nil || run.StartAt.IsZero() || run.Status != "RUNNING" {
		t.Errorf("a later run is %v, %v", run, err)
	}
	if _, err := c.Cancel(t.Context(), later.ID); err != nil {
		t.Error(err)
	}
}

func TestManyCallsAtOnceShareOneStream(t *testing.T) {
	c := newClient(t, fanout.ClientOptions{})
	made := echo(t, c, "many")
	var calls sync.WaitGroup
	for n := 1; n <= 500; n++ {
		calls.Go(func() {
			outs, err := fanout.CallFor[number](t.Context(), c, made, number{n})
			if err != nil || outs[0].N != n {
				t.Errorf("call %d gives %v, %v", n, outs, err)
			}
		})
	}
	calls.Wait()
}

func TestARunThatFailsTellsWhy(t *testing.T) {
	c := newClient(t, fanout.ClientOptions{})
	made := echo(t, c, "fails")
	_, err := c.Call(t.Context(), made, number{-1})
	var failed *fanout.RunFailedError
	if !errors.As(err, &failed) || failed.Status != "FAILED" || failed.Failures[0].Code != "NEGATIVE" || !strings.Contains(err.Error(), "echo: NEGATIVE: -1 is negative") {
		t.Fatalf("it fails with %v", err)
	}
	var last string
	for run, err := range c.Watch(t.Context(), failed.RunID) {
		if err != nil {
			t.Fatal(err)
		}
		last = string(run.Status)
	}
	if last != "FAILED" {
		t.Errorf("it is watched as %s", last)
	}
	if retried, err := c.Retry(t.Context(), failed.RunID); err != nil || retried != 1 {
		t.Errorf("%d are tried again, %v", retried, err)
	}
	if _, err := c.Result(t.Context(), failed.RunID); !errors.As(err, &failed) {
		t.Errorf("tried again it gives %v", err)
	}
	if _, err := c.Retry(t.Context(), failed.RunID, fanout.RetryOptions{StateID: "a", Below: "b"}); err == nil {
		t.Error("a retry of one state and of what is below another is taken")
	}
}

func TestACallThatIsAbandonedCancelsItsRun(t *testing.T) {
	c := newClient(t, fanout.ClientOptions{})
	made := echo(t, c, "abandoned")
	ctx, cancel := context.WithCancelCause(t.Context())
	called := make(chan error, 1)
	go func() {
		_, err := c.Call(ctx, made, number{0}, fanout.TriggerOptions{CancelOnAbort: true})
		called <- err
	}()
	runID := ""
	eventually(t, "it runs", func() bool {
		for run, err := range c.Runs(t.Context(), fanout.RunFilter{GraphName: "go-echo-abandoned", Status: "RUNNING"}) {
			runID = run.ID
			return err == nil
		}
		return false
	})
	gone := errors.New("gone")
	cancel(gone)
	if err := awaited(t, "the call", called); !errors.Is(err, gone) {
		t.Errorf("the call gives %v", err)
	}
	var failed *fanout.RunFailedError
	if _, err := c.Result(t.Context(), runID); !errors.As(err, &failed) || failed.Status != "CANCELLED" {
		t.Errorf("its run gives %v", err)
	}
}

func TestRunsAreHeldResumedAndExplained(t *testing.T) {
	c := newClient(t, fanout.ClientOptions{})
	made, hosted := summed(t, "held", func(int) {})
	upsert(t, c, made)
	run, err := c.Trigger(t.Context(), made, count{3}, fanout.TriggerOptions{StartAt: time.Now().Add(500 * time.Millisecond)})
	if err != nil {
		t.Fatal(err)
	}
	if changed, err := c.Pause(t.Context(), run.ID); err != nil || !changed {
		t.Errorf("it is held: %v, %v", changed, err)
	}
	host(t, fanout.RuntimeOptions{}, hosted...)
	if changed, err := c.Resume(t.Context(), run.ID); err != nil || !changed {
		t.Errorf("it goes on: %v, %v", changed, err)
	}
	if _, err := c.Result(t.Context(), run.ID); err != nil {
		t.Fatal(err)
	}
	scopes := 0
	for scope, err := range c.ExplainUnite(t.Context(), run.ID, fanout.UniteFilter{}) {
		scopes++
		if err != nil || scope.Status != "FIRED" || scope.Counts.Succeeded != 3 || scope.Policy.Strategy != "ALL_SUCCESS" || !scope.IsSealed {
			t.Errorf("its unite is %+v, %v", scope, err)
		}
	}
	if scopes != 1 {
		t.Errorf("it has %d scopes", scopes)
	}
	results := 0
	for _, err := range c.Results(t.Context(), run.ID) {
		if err != nil {
			t.Fatal(err)
		}
		results++
	}
	if results != 1 {
		t.Errorf("it has %d results", results)
	}
}

func TestRunsExplainThemselves(t *testing.T) {
	c := newClient(t, fanout.ClientOptions{})
	fails := fanout.Func("go.FailsToTell", func(_ fanout.Context, in count) (count, error) {
		return in, fanout.NotRetryable("NO_FILM", "no film 17")
	})
	g := graph.New("go-explained", graph.Options{Inputs: graph.TypeOf[count]()})
	made := g.MustBuild(g.Start(fails, nil))
	upsert(t, c, made)
	run, err := c.Trigger(t.Context(), made, count{3})
	if err != nil {
		t.Fatal(err)
	}
	waits, err := c.Waits(t.Context(), run.ID)
	if err != nil || len(waits) != 1 || waits[0].Reason != "NO_RUNTIME" || !strings.Contains(waits[0].Text, "no connected runtime offers go.FailsToTell") {
		t.Errorf("it waits for %+v, %v", waits, err)
	}
	if err := c.DeleteRun(t.Context(), run.ID); !errors.Is(err, fanout.RunNotEnded) {
		t.Errorf("it was deleted: %v", err)
	}
	host(t, fanout.RuntimeOptions{}, fails)
	if _, err := c.Result(t.Context(), run.ID); err == nil {
		t.Fatal("it has not failed")
	}
	failures, err := c.GroupFailures(t.Context(), run.ID)
	if err != nil || len(failures.Groups) != 1 || failures.Groups[0].Shape != "no film …" || failures.Groups[0].Count != 1 {
		t.Fatalf("it failed for %+v, %v", failures, err)
	}
	details, err := c.StateWithInputs(t.Context(), failures.Groups[0].Example.ID)
	if err != nil || string(details.Inputs) != `{"count":3}` || len(details.Attempts) != 1 || details.Failure.Code != "NO_FILM" {
		t.Errorf("its state is %+v, %v", details, err)
	}
	if err := c.DeleteRun(t.Context(), run.ID); err != nil {
		t.Errorf("it is kept: %v", err)
	}
	if _, err := c.Get(t.Context(), run.ID); !errors.Is(err, fanout.RunNotFound) {
		t.Errorf("it is still there: %v", err)
	}
}

func TestRunsAndStatesAreFoundByTheirLabels(t *testing.T) {
	c := newClient(t, fanout.ClientOptions{})
	films := fanout.FanOut("go.Films", func(_ fanout.Context, in count) ([]fanout.Routed[count], error) {
		return []fanout.Routed[count]{fanout.Labelled(in, "Quo Vadis?"), fanout.Labelled(in, "M"), fanout.ToAll(in)}, nil
	})
	g := graph.New("go-labelled", graph.Options{Inputs: graph.TypeOf[count](), Labels: map[string]string{"team": "films"}})
	made := g.MustBuild(g.Start(films, nil))
	upsert(t, c, made)
	host(t, fanout.RuntimeOptions{}, films)
	run, err := c.Trigger(t.Context(), made, count{3}, fanout.TriggerOptions{Labels: map[string]string{"stage": "test"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Result(t.Context(), run.ID); err != nil {
		t.Fatal(err)
	}
	runs := 0
	filter := fanout.RunFilter{Labels: map[string]string{"team": "films", "stage": "test"}, TriggerKinds: []fanout.TriggerKind{fanout.TriggerAPI}}
	for found, err := range c.Runs(t.Context(), filter) {
		if runs++; err != nil || found.ID != run.ID || found.Labels["stage"] != "test" || found.TriggerKind != fanout.TriggerAPI {
			t.Errorf("it finds %+v, %v", found, err)
		}
	}
	var labels []string
	for state, err := range c.States(t.Context(), run.ID, fanout.StateFilter{Statuses: []fanout.StateStatus{"SUCCESS"}, NewestFirst: true}) {
		if err != nil {
			t.Fatal(err)
		}
		labels = append(labels, state.Label)
	}
	if runs != 1 || !slices.Equal(labels, []string{"", "M", "Quo Vadis?"}) {
		t.Errorf("%d runs are found, with the labels %q", runs, labels)
	}
}

func TestCallsGoOnWhenTheStreamBreaks(t *testing.T) {
	near := proxyTo(t, servers.Address)
	c := newClient(t, fanout.ClientOptions{Addresses: []string{near.address, servers.Address}})
	begun, goOn := make(chan struct{}, 1), make(chan struct{})
	waits := fanout.Func("go.WaitsForCut", func(fanout.Context, struct{}) (map[string]bool, error) {
		begun <- struct{}{}
		<-goOn
		return map[string]bool{"done": true}, nil
	})
	host(t, fanout.RuntimeOptions{}, waits)
	upsert(t, c, oneNode("go.WaitsForCut", "go.WaitsForCut"))
	called := make(chan error, 1)
	go func() {
		_, err := c.Call(t.Context(), fanout.Named("go.WaitsForCut"), nil)
		called <- err
	}()
	awaited(t, "the node", begun)
	near.isRefusing.Store(true)
	near.cut()
	close(goOn)
	if err := awaited(t, "the call", called); err != nil {
		t.Error(err)
	}
}

func TestNodesRuntimesAndTokensAreListed(t *testing.T) {
	c := newClient(t, fanout.ClientOptions{Namespace: "listed"})
	node := fanout.Func("go.Listed", func(_ fanout.Context, in number) (number, error) { return in, nil }, fanout.Describe("Gives what it gets."))
	host(t, fanout.RuntimeOptions{Namespace: "listed", Name: "lister", Concurrency: 7}, node)
	for found, err := range c.Nodes(t.Context()) {
		if err != nil || found.Name != "go.Listed" || found.Description != "Gives what it gets." || !strings.Contains(string(found.InputSchema), `"n"`) {
			t.Errorf("nodes has %v, %v", found, err)
		}
	}
	eventually(t, "it is listed", func() bool {
		for found, err := range c.Runtimes(t.Context()) {
			return err == nil && found.Name == "lister" && found.Language == "go" && found.Capacity.Total == 7
		}
		return false
	})
	made, err := c.CreateToken(t.Context(), "client", 0)
	if err != nil || made.Role != "client" || made.Bearer == "" || !made.ExpiresAt.IsZero() {
		t.Errorf("a token is %v, %v", made, err)
	}
	for token, err := range c.Tokens(t.Context()) {
		if err != nil || token.ID != made.ID {
			t.Errorf("tokens has %v, %v", token, err)
		}
	}
	if err := c.RevokeToken(t.Context(), "none"); !errors.Is(err, fanout.TokenNotFound) {
		t.Errorf("an unknown token gives %v", err)
	}
	if _, err := c.CreateToken(t.Context(), "king", 0); err == nil {
		t.Error("a role that is none is taken")
	}
}

func TestAStatusThatIsNoneIsRefused(t *testing.T) {
	c := newClient(t, fanout.ClientOptions{})
	for _, err := range c.Runs(t.Context(), fanout.RunFilter{Status: "FAILD"}) {
		if err == nil || !strings.Contains(err.Error(), `the status "FAILD" is none`) {
			t.Errorf("it gives %v", err)
		}
	}
	for _, err := range c.States(t.Context(), "run", fanout.StateFilter{Status: "SUCESS"}) {
		if err == nil || !strings.Contains(err.Error(), `the status "SUCESS" is none`) {
			t.Errorf("it gives %v", err)
		}
	}
}

func TestAClosedClientSaysSo(t *testing.T) {
	c, err := fanout.NewClient(fanout.ClientOptions{Address: servers.Address})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(c.Close(), c.Close()); err != nil {
		t.Error(err)
	}
	for _, call := range []func() error{
		func() error { _, err := c.Get(t.Context(), "run"); return err },
		func() error { _, err := c.Trigger(t.Context(), fanout.Named("g"), nil); return err },
	} {
		if err := call(); err == nil || !strings.Contains(err.Error(), "was closed") {
			t.Errorf("it gives %v", err)
		}
	}
}
