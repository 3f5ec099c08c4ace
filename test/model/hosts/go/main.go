// The Go host of the model: `model-host SETTINGS`.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	fanout "github.com/fanout/fanout/runtime/go"
)

type settings struct {
	Address string `json:"address"`
	// Runner is the address that answers questions.
	Runner      string   `json:"runner"`
	Nodes       []string `json:"nodes"`
	OpenNodes   []string `json:"open_nodes"`
	Concurrency int      `json:"concurrency"`
}

func main() {
	if err := host(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// host hosts until SIGTERM.
func host() error {
	if len(os.Args) != 2 {
		return errors.New("usage: model-host SETTINGS")
	}
	var given settings
	if err := json.Unmarshal([]byte(os.Args[1]), &given); err != nil {
		return fmt.Errorf("the settings are no JSON: %w", err)
	}
	questions, err := dial(given.Runner)
	if err != nil {
		return err
	}
	runtime, err := fanout.NewRuntime(fanout.RuntimeOptions{
		Nodes: hosted(given, questions), Name: "model-go", Address: given.Address, Concurrency: given.Concurrency,
	})
	if err != nil {
		return err
	}
	ctx, restore := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer restore()
	if err := runtime.Start(ctx); err != nil {
		return err
	}
	fmt.Println("connected")
	return runtime.Serve(ctx)
}
