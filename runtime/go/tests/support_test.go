package tests

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	fanout "github.com/fanout/fanout/runtime/go"
	"github.com/fanout/fanout/runtime/go/client"
	"github.com/fanout/fanout/runtime/go/fanouttest"
)

// root is the folder of the repository, where a state manager starts.
const root = "../../.."

// servers are a Redis and a state manager for tests that do no harm to them.
var servers *fanouttest.Servers

// own are the options of servers for one test alone: the state manager that `npm test` has built; else its sources.
func own(env map[string]string) fanouttest.Options {
	command := strings.Fields(os.Getenv("FANOUT_STATE_MANAGER"))
	if len(command) == 0 {
		command = []string{"node", "--import", "tsx", "services/state-manager/main.ts"}
	}
	return fanouttest.Options{Command: command, Dir: root, Env: env}
}

// programs is the folder of what tests have built.
var programs string

func TestMain(m *testing.M) { os.Exit(runAll(m)) }

func runAll(m *testing.M) int {
	var err error
	if programs, err = os.MkdirTemp("", "fanout-programs-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(programs)
	if servers, err = fanouttest.StartServers(own(nil)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer servers.Stop()
	return m.Run()
}

// startOwn starts servers for one test alone.
func startOwn(t *testing.T, env map[string]string) *fanouttest.Servers {
	t.Helper()
	started, err := fanouttest.StartServers(own(env))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(started.Stop)
	return started
}

func newClient(t *testing.T, options fanout.ClientOptions) *fanout.Client {
	t.Helper()
	if options.Address == "" && options.Addresses == nil {
		options.Address = servers.Address
	}
	made, err := fanout.NewClient(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := made.Close(); err != nil {
			t.Error(err)
		}
	})
	return made
}

// host starts a runtime, which is stopped at the end of the test.
func host(t *testing.T, options fanout.RuntimeOptions, hosted ...fanout.AnyNode) *fanout.Runtime {
	t.Helper()
	options.Nodes = hosted
	if options.Address == "" && options.Addresses == nil {
		options.Address = servers.Address
	}
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	made, err := fanout.NewRuntime(options)
	if err != nil {
		t.Fatal(err)
	}
	if err := made.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(made.Stop)
	return made
}

// oneNode is a graph of one node, whose inputs are those of the trigger.
func oneNode(name, nodeName string) fanout.NamedTemplate {
	place := map[string]any{"node_name": nodeName, "identifier": "only", "next_nodes": []string{}}
	retry := map[string]any{"backoff_factor": 1, "strategy": "FIXED"}
	return fanout.NamedTemplate{Name: name, Template: map[string]any{"nodes": []any{place}, "retry_policy": retry}}
}

func upsert(t *testing.T, c *fanout.Client, graph client.Graph) {
	t.Helper()
	if _, err := c.Upsert(t.Context(), graph); err != nil {
		t.Fatal(err)
	}
}

// callOne calls a graph of one node, and gives its outputs as JSON.
func callOne(t *testing.T, c *fanout.Client, node fanout.AnyNode, inputs any) (string, error) {
	t.Helper()
	name := node.Definition().Name
	upsert(t, c, oneNode(name, name))
	results, err := c.Call(t.Context(), fanout.Named(name), inputs)
	outputs := make([]json.RawMessage, len(results))
	for at, result := range results {
		outputs[at] = result.Output
	}
	text, _ := json.Marshal(outputs) // it is JSON already
	return string(text), err
}

// expect calls a graph of one node, and compares what it gives.
func expect(t *testing.T, c *fanout.Client, node fanout.AnyNode, inputs any, want string) {
	t.Helper()
	if got, err := callOne(t, c, node, inputs); err != nil || got != want {
		t.Errorf("%s gives %s, %v, and not %s", node.Definition().Name, got, err, want)
	}
}

// failure calls a graph of one node that fails, and gives the failure.
func failure(t *testing.T, c *fanout.Client, node fanout.AnyNode, inputs any) fanout.RunFailure {
	t.Helper()
	_, err := callOne(t, c, node, inputs)
	failed, isFailed := err.(*fanout.RunFailedError)
	if !isFailed || len(failed.Failures) == 0 {
		t.Fatalf("it does not fail, but gives %v", err)
	}
	return failed.Failures[0]
}

// eventually looks until something is so.
func eventually(t *testing.T, what string, look func() bool) {
	t.Helper()
	for until := time.Now().Add(30 * time.Second); !look(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("%s: not after 30 s", what)
		}
	}
}

// awaited gives what comes on a channel, in time.
func awaited[Value any](t *testing.T, what string, from <-chan Value) Value {
	t.Helper()
	select {
	case value := <-from:
		return value
	case <-time.After(60 * time.Second):
		t.Fatalf("%s: nothing after 60 s", what)
		panic("unreachable")
	}
}

// logged collects lines of a log, as JSON.
type logged struct {
	mu    sync.Mutex
	lines bytes.Buffer
}

func (l *logged) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lines.Write(line)
}

func (l *logged) logger() *slog.Logger { return slog.New(slog.NewJSONHandler(l, nil)) }

// events are the lines with a message, as objects.
func (l *logged) events(message string) []map[string]any {
	l.mu.Lock()
	defer l.mu.Unlock()
	var found []map[string]any
	for line := range bytes.Lines(l.lines.Bytes()) {
		var event map[string]any
		if json.Unmarshal(line, &event) == nil && event["msg"] == message {
			found = append(found, event)
		}
	}
	return found
}

// proxy is a TCP proxy whose connections can be cut, and refused, and whose bytes can be lost without a word.
type proxy struct {
	address    string
	target     string
	isRefusing atomic.Bool
	isSilent   atomic.Bool
	mu         sync.Mutex
	open       map[net.Conn]struct{}
}

func proxyTo(t *testing.T, target string) *proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	made := &proxy{address: listener.Addr().String(), target: target, open: map[net.Conn]struct{}{}}
	t.Cleanup(func() {
		_ = listener.Close()
		made.cut()
	})
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return // it was closed
			}
			go made.serve(near)
		}
	}()
	return made
}

func (p *proxy) serve(near net.Conn) {
	defer near.Close()
	if p.isRefusing.Load() {
		return
	}
	var dialer net.Dialer
	far, err := dialer.DialContext(context.Background(), "tcp", p.target)
	if err != nil {
		return // the state manager is away, and so is the proxy
	}
	defer far.Close()
	p.mu.Lock()
	p.open[near], p.open[far] = struct{}{}, struct{}{}
	p.mu.Unlock()
	ended := make(chan struct{}, 2)
	for _, way := range [][2]net.Conn{{near, far}, {far, near}} {
		go func() {
			p.copyBytes(way[0], way[1])
			ended <- struct{}{}
		}()
	}
	<-ended
	p.mu.Lock()
	delete(p.open, near)
	delete(p.open, far)
	p.mu.Unlock()
}

func (p *proxy) copyBytes(from, to net.Conn) {
	buffer := make([]byte, 65_536)
	for {
		count, err := from.Read(buffer)
		if err != nil {
			return
		}
		if p.isSilent.Load() {
			continue
		}
		if _, err := to.Write(buffer[:count]); err != nil {
			return
		}
	}
}

// cut cuts every connection that is open.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for each := range p.open {
		_ = each.Close()
	}
}
