package tests

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	fanout "github.com/fanout/fanout/runtime/go"
	"github.com/fanout/fanout/runtime/go/graph"
)

// summed is a graph that emits numbers, takes each, and gives how many have come, in order; its nodes call something for each.
func summed(t *testing.T, name string, took func(n int)) (*graph.Graph, []fanout.AnyNode) {
	t.Helper()
	split := fanout.OpenFanOut("go."+name+".Split", func(_ fanout.Context, in count, emit func(number) error) error {
		for n := range in.Count {
			if err := emit(number{n}); err != nil {
				return err
			}
		}
		return nil
	})
	each := fanout.Func("go."+name+".Each", func(_ fanout.Context, in number) (number, error) {
		took(in.N)
		return in, nil
	})
	sum := fanout.Func("go."+name+".Sum", func(_ fanout.Context, in struct {
		Numbers fanout.United[int] `json:"numbers"`
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
		return count{next}, nil
	})
	g := graph.New("go-"+name, graph.Options{Inputs: graph.TypeOf[count]()})
	first := g.Start(split, nil)
	taken := g.After(first, each, graph.Inputs{"n": first.Out("n")})
	made := g.MustBuild(g.Unite(first, taken, sum, graph.Inputs{"numbers": graph.AllOf(taken.Out("n"))}, graph.Policy{}))
	return made, []fanout.AnyNode{split, each, sum}
}

func TestACutConnectionResumesAndLosesNothing(t *testing.T) {
	c := newClient(t, fanout.ClientOptions{})
	near := proxyTo(t, servers.Address)
	var taken atomic.Int32
	made, hosted := summed(t, "cut", func(int) {
		if taken.Add(1)%500 == 0 {
			near.cut()
		}
	})
	upsert(t, c, made)
	var lines logged
	host(t, fanout.RuntimeOptions{Address: near.address, Concurrency: 20, Logger: lines.logger()}, hosted...)
	outs, err := fanout.CallFor[count](t.Context(), c, made, count{2_000})
	if err != nil || outs[0].Count != 2_000 {
		t.Errorf("it gives %v, %v", outs, err)
	}
	connected := lines.events("connected")
	if len(connected) < 2 || connected[0]["resumed"] != false || connected[1]["resumed"] != true {
		t.Errorf("it has connected as %v", connected)
	}
	if again := taken.Load(); again != 2_000 {
		t.Errorf("%d executions are not the 2000 that a session which resumes needs", again)
	}
}

func TestAResumeThatComesTooLateBeginsAnew(t *testing.T) {
	own := startOwn(t, map[string]string{"FANOUT_LEASE_MS": "2000", "FANOUT_GRACE_MS": "500"})
	c := newClient(t, fanout.ClientOptions{Address: own.Address})
	near := proxyTo(t, own.Address)
	begun, causes := make(chan struct{}, 10), make(chan error, 10)
	late := fanout.Func("go.Late", func(ctx fanout.Context, _ struct{}) (map[string]any, error) {
		if ctx.Attempt() > 1 {
			return map[string]any{"attempt": ctx.Attempt()}, nil
		}
		close(begun)
		<-ctx.Done()
		causes <- context.Cause(ctx)
		return nil, context.Cause(ctx)
	})
	var lines logged
	host(t, fanout.RuntimeOptions{Address: near.address, Logger: lines.logger()}, late)
	upsert(t, c, oneNode("go.Late", "go.Late"))
	run, err := c.Trigger(t.Context(), fanout.Named("go.Late"), nil)
	if err != nil {
		t.Fatal(err)
	}
	awaited(t, "the first attempt", begun)
	near.isRefusing.Store(true)
	near.cut()
	eventually(t, "the lease is lost", func() bool {
		for state, err := range c.States(t.Context(), run.ID, fanout.StateFilter{}) {
			return err == nil && state.Status == "CREATED"
		}
		return false
	})
	near.isRefusing.Store(false)
	results, err := c.Result(t.Context(), run.ID)
	if err != nil || string(results[0].Output) != `{"attempt":2}` {
		t.Errorf("it gives %v, %v", results, err)
	}
	var cancelled *fanout.Cancelled
	if cause := awaited(t, "the cause", causes); !errors.As(cause, &cancelled) || cancelled.Code != "LEASE_LOST" {
		t.Errorf("the cause is %v", cause)
	}
	if connected := lines.events("connected"); len(connected) != 2 || connected[1]["resumed"] != false {
		t.Errorf("it has connected as %v", connected)
	}
}

func TestASilentStateManagerIsLeftAndTheLogSaysSo(t *testing.T) {
	own := startOwn(t, map[string]string{"FANOUT_LEASE_MS": "2000", "FANOUT_GRACE_MS": "20000"})
	near := proxyTo(t, own.Address)
	idle := fanout.Func("go.Idle", func(fanout.Context, struct{}) (struct{}, error) { return struct{}{}, nil })
	var lines logged
	host(t, fanout.RuntimeOptions{Address: near.address, Logger: lines.logger()}, idle)
	near.isSilent.Store(true)
	eventually(t, "the stream is left", func() bool { return len(lines.events("disconnected")) > 0 })
	near.isSilent.Store(false)
	if told := fmt.Sprint(lines.events("disconnected")[0]["error"]); !strings.Contains(told, near.address+" was silent for 1s") {
		t.Errorf("what is told is %q", told)
	}
	eventually(t, "it connects again", func() bool { return len(lines.events("connected")) > 1 })
}

func TestARuntimeOutlivesItsStateManager(t *testing.T) {
	first, address, err := servers.StartStateManager(own(nil))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(first.Stop)
	var taken atomic.Int32
	made, hosted := summed(t, "outlives", func(int) {
		if taken.Add(1) == 300 {
			if err := first.Signal(syscall.SIGKILL); err != nil {
				t.Error(err)
			}
		}
	})
	var lines logged
	host(t, fanout.RuntimeOptions{Addresses: []string{address, servers.Address}, AddressOrder: fanout.Given, Concurrency: 20, Logger: lines.logger()}, hosted...)
	c := newClient(t, fanout.ClientOptions{})
	upsert(t, c, made)
	outs, err := fanout.CallFor[count](t.Context(), c, made, count{900})
	if err != nil || outs[0].Count != 900 {
		t.Errorf("it gives %v, %v", outs, err)
	}
	if connected := lines.events("connected"); len(connected) != 2 || connected[0]["address"] != address || connected[1]["address"] != servers.Address {
		t.Errorf("it has connected as %v", connected)
	}
}

func TestAStateManagerThatDrainsSendsItsRuntimesElsewhere(t *testing.T) {
	first, address, err := servers.StartStateManager(own(nil))
	if err != nil {
		t.Fatal(err)
	}
	begun, goOn := make(chan struct{}, 10), make(chan struct{})
	stays := fanout.Func("go.Stays", func(ctx fanout.Context, _ struct{}) (map[string]any, error) {
		begun <- struct{}{}
		<-goOn
		return map[string]any{"attempt": ctx.Attempt()}, nil
	})
	var lines logged
	host(t, fanout.RuntimeOptions{Addresses: []string{address, servers.Address}, AddressOrder: fanout.Given, Logger: lines.logger()}, stays)
	c := newClient(t, fanout.ClientOptions{})
	upsert(t, c, oneNode("go.Stays", "go.Stays"))
	run, err := c.Trigger(t.Context(), fanout.Named("go.Stays"), nil)
	if err != nil {
		t.Fatal(err)
	}
	awaited(t, "the node", begun)
	if err := first.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if _, err := first.WaitForLine(`"event":"(draining|stopping)"`, time.Minute); err != nil {
		t.Fatal(err)
	}
	close(goOn)
	results, err := c.Result(t.Context(), run.ID)
	if err != nil || string(results[0].Output) != `{"attempt":1}` {
		t.Errorf("it gives %v, %v", results, err)
	}
	first.Stop()
	expect(t, c, stays, nil, `[{"attempt":1}]`)
}

func TestAPreferredStateManagerThatIsBackGetsItsRuntime(t *testing.T) {
	near := proxyTo(t, servers.Address)
	near.isRefusing.Store(true)
	var lines logged
	made, hosted := summed(t, "moves", func(n int) {
		if n == 100 {
			near.isRefusing.Store(false)
		}
		if n == 500 {
			eventually(t, "it has moved", func() bool { return len(lines.events("connected")) == 2 })
		}
	})
	options := fanout.RuntimeOptions{
		Addresses: []string{near.address, servers.Address}, AddressOrder: fanout.Given, ReturnAfter: 300 * time.Millisecond,
		Concurrency: 20, Logger: lines.logger(),
	}
	host(t, options, hosted...)
	c := newClient(t, fanout.ClientOptions{})
	upsert(t, c, made)
	outs, err := fanout.CallFor[count](t.Context(), c, made, count{1_000})
	if err != nil || outs[0].Count != 1_000 {
		t.Errorf("it gives %v, %v", outs, err)
	}
	connected := lines.events("connected")
	if len(connected) != 2 || connected[1]["address"] != near.address || connected[1]["resumed"] != true {
		t.Errorf("it has connected as %v", connected)
	}
}

func TestANodeThatLingersKeepsItsPlace(t *testing.T) {
	c := newClient(t, fanout.ClientOptions{})
	begun, goOn := make(chan string, 10), make(chan struct{})
	lingers := fanout.Func("go.Lingers", func(ctx fanout.Context, _ struct{}) (struct{}, error) {
		begun <- ctx.RunID()
		<-goOn // heeds nothing
		return struct{}{}, nil
	})
	var lines logged
	host(t, fanout.RuntimeOptions{Concurrency: 1, Name: "lingering", Logger: lines.logger()}, lingers)
	upsert(t, c, oneNode("go.Lingers", "go.Lingers"))
	first, err := c.Trigger(t.Context(), fanout.Named("go.Lingers"), nil)
	if err != nil {
		t.Fatal(err)
	}
	awaited(t, "the node", begun)
	if _, err := c.Cancel(t.Context(), first.ID); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the smaller capacity is told", func() bool {
		for each, err := range c.Runtimes(t.Context()) {
			if err == nil && each.Name == "lingering" {
				return each.Capacity.Total == 0 && each.Capacity.Lingering == 1
			}
		}
		return false
	})
	eventually(t, "it is logged", func() bool { return len(lines.events("node_lingers")) == 1 })
	second, err := c.Trigger(t.Context(), fanout.Named("go.Lingers"), nil)
	if err != nil {
		t.Fatal(err)
	}
	close(goOn)
	if _, err := c.Result(t.Context(), second.ID); err != nil {
		t.Error(err)
	}
	if runID := awaited(t, "the second run", begun); runID != second.ID || len(lines.events("node_returned")) != 1 {
		t.Errorf("%s is executed, and not %s; %v", runID, second.ID, lines.events("node_returned"))
	}
}

func TestARefusedTokenEndsARuntimeAndACall(t *testing.T) {
	token := strings.Repeat("a", 32)
	own := startOwn(t, map[string]string{"FANOUT_ADMIN_TOKEN": token})
	same := fanout.Func("go.Refused", func(_ fanout.Context, in number) (number, error) { return in, nil })
	start := func(options fanout.RuntimeOptions) error {
		options.Address, options.Nodes = own.Address, []fanout.AnyNode{same}
		made, err := fanout.NewRuntime(options)
		if err != nil {
			return err
		}
		defer made.Stop()
		return made.Start(t.Context())
	}
	if err := start(fanout.RuntimeOptions{Token: "wrong"}); !errors.Is(err, fanout.TokenInvalid) {
		t.Errorf("a wrong token gives %v", err)
	}
	if err := start(fanout.RuntimeOptions{Token: token, Namespace: "no such"}); !errors.Is(err, fanout.NamespaceInvalid) {
		t.Errorf("a wrong namespace gives %v", err)
	}
	if err := start(fanout.RuntimeOptions{Token: token, Name: "no name"}); !errors.Is(err, fanout.HelloInvalid) {
		t.Errorf("a wrong name gives %v", err)
	}
	if _, err := newClient(t, fanout.ClientOptions{Address: own.Address, Token: "wrong"}).Get(t.Context(), "run"); !errors.Is(err, fanout.TokenInvalid) {
		t.Errorf("a wrong token of a client gives %v", err)
	}
	admin := newClient(t, fanout.ClientOptions{Address: own.Address, Token: token})
	made, err := admin.CreateToken(t.Context(), "runtime", time.Hour)
	if err != nil || made.ExpiresAt.IsZero() {
		t.Fatalf("a token is %v, %v", made, err)
	}
	revoked, err := fanout.NewRuntime(fanout.RuntimeOptions{Address: own.Address, Token: made.Bearer, Nodes: []fanout.AnyNode{same}})
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- revoked.Serve(context.Background()) }()
	eventually(t, "it is connected", func() bool {
		for range admin.Runtimes(t.Context()) {
			return true
		}
		return false
	})
	if err := admin.RevokeToken(t.Context(), made.ID); err != nil {
		t.Fatal(err)
	}
	if err := awaited(t, "the end", served); !errors.Is(err, fanout.TokenInvalid) {
		t.Errorf("a revoked token gives %v", err)
	}
}

func TestAWrongAddressIsWaitedForAndTold(t *testing.T) {
	var lines logged
	same := fanout.Func("go.Away", func(_ fanout.Context, in number) (number, error) { return in, nil })
	made, err := fanout.NewRuntime(fanout.RuntimeOptions{Address: "127.0.0.1:1", Nodes: []fanout.AnyNode{same}, Logger: lines.logger()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	if err := made.Start(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("starting gives %v", err)
	}
	told := lines.events("disconnected")
	if len(told) < 2 || len(told) > 15 || !strings.Contains(fmt.Sprint(told[0]["error"]), "no state manager answers at 127.0.0.1:1") {
		t.Errorf("it is told as %v", told)
	}
	if err := made.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "make a new one") {
		t.Errorf("starting again gives %v", err)
	}
	_, err = newClient(t, fanout.ClientOptions{Address: "127.0.0.1:1"}).Get(t.Context(), "run")
	if !errors.Is(err, fanout.Unreachable) || !strings.Contains(err.Error(), "start one there") {
		t.Errorf("a call gives %v", err)
	}
}

func TestOptionsThatCannotWorkAreRefused(t *testing.T) {
	same := fanout.Func("go.Option", func(_ fanout.Context, in number) (number, error) { return in, nil })
	for words, options := range map[string]fanout.RuntimeOptions{
		"host:port":            {Address: "http://127.0.0.1:1"},
		"at least one state":   {Addresses: []string{}},
		"line breaks":          {Token: "a\nb"},
		"concurrency -1":       {Concurrency: -1},
		"drain timeout -1s":    {DrainTimeout: -time.Second},
		"give one of them":     {Address: "a:1", Addresses: []string{"a:1"}},
		"must be Spread":       {AddressOrder: "RANDOM"},
		`the name "go.Option"`: {Nodes: []fanout.AnyNode{same, same}},
		"hosts at least one":   {Nodes: []fanout.AnyNode{}},
		"number 0 is nil":      {Nodes: []fanout.AnyNode{nil}},
	} {
		if options.Nodes == nil {
			options.Nodes = []fanout.AnyNode{same}
		}
		if _, err := fanout.NewRuntime(options); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%q is not told, but %v", words, err)
		}
	}
}
