// Package host has what all examples begin with.
package host

import (
	"cmp"
	"context"
	"log"
	"os"

	fanout "github.com/fanout/fanout/runtime/go"
)

// Main hosts nodes, and runs a program with a client beside them. `FANOUT_ADDRESS` and `FANOUT_TOKEN` name the state manager.
func Main(program func(ctx context.Context, client *fanout.Client) error, nodes ...fanout.AnyNode) {
	if err := run(context.Background(), program, nodes); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, program func(context.Context, *fanout.Client) error, nodes []fanout.AnyNode) error {
	address, token := cmp.Or(os.Getenv("FANOUT_ADDRESS"), "127.0.0.1:7600"), os.Getenv("FANOUT_TOKEN")
	runtime, err := fanout.NewRuntime(fanout.RuntimeOptions{Nodes: nodes, Address: address, Token: token})
	if err != nil {
		return err
	}
	if err := runtime.Start(ctx); err != nil {
		return err
	}
	defer runtime.Stop()
	client, err := fanout.NewClient(fanout.ClientOptions{Address: address, Token: token})
	if err != nil {
		return err
	}
	defer client.Close()
	return program(ctx, client)
}
