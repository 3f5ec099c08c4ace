package fanouttest

import (
	"context"
	"testing"

	"github.com/fanout/fanout/runtime/go/client"
	"github.com/fanout/fanout/runtime/go/hosting"
	"github.com/fanout/fanout/runtime/go/nodes"
)

// Environment is a Redis, a state manager, a client of it, and a runtime if there are nodes.
type Environment struct {
	Servers
	Client *client.Client
	// Runtime hosts the nodes; nil if there are none.
	Runtime *hosting.Runtime
}

// Options are those of an environment. What is absent has a usual value.
type Options struct {
	// Nodes are hosted by a runtime in this process.
	Nodes []nodes.AnyNode
	// Command starts a state manager; `FANOUT_STATE_MANAGER`, words parted by spaces, if absent, else `fanout-server` of the npm
	// package `@fanout/server`.
	Command []string
	// Dir is the folder in which it starts.
	Dir string
	// Env has its settings, such as `FANOUT_LEASE_MS`.
	Env map[string]string
	// Token is that of the client and the runtime.
	Token string
}

// Start starts a Redis and a state manager of the test's own, and a runtime in this process if there are nodes. All of it ends
// with the test, and with this process, even if that is killed. It needs `redis-server` or `valkey-server` on the PATH; if
// something does not start, the test fails with the end of its log.
func Start(t testing.TB, options Options) *Environment {
	t.Helper()
	servers, err := StartServers(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(servers.Stop)
	made := &Environment{Servers: *servers}
	if made.Client, err = client.New(client.Options{Address: servers.Address, Token: options.Token}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := made.Client.Close(); err != nil {
			t.Error(err)
		}
	})
	if len(options.Nodes) == 0 {
		return made
	}
	hosted := hosting.Options{Nodes: options.Nodes, Address: servers.Address, Token: options.Token}
	if made.Runtime, err = hosting.NewRuntime(hosted); err != nil {
		t.Fatal(err)
	}
	if err := made.Runtime.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(made.Runtime.Stop)
	return made
}
