// The Go host: `host SETTINGS`.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	fanout "github.com/fanout/fanout/runtime/go"
)

// settings are those of the contract.
type settings struct {
	Address         string         `json:"address"`
	Namespace       string         `json:"namespace"`
	Nodes           []string       `json:"nodes"`
	Gates           string         `json:"gates"`
	Concurrency     int            `json:"concurrency"`
	NodeConcurrency map[string]int `json:"node_concurrency"`
	DrainTimeoutMs  int            `json:"drain_timeout_ms"`
	Token           string         `json:"token"`
	TLS             *struct {
		CA   string `json:"ca"`
		Cert string `json:"cert"`
		Key  string `json:"key"`
	} `json:"tls"`
}

func main() {
	if err := host(); err != nil {
		var refusal *fanout.Error
		if errors.As(err, &refusal) {
			tell(line{Host: "failed", Reason: refusal.Reason, Message: err.Error()})
		}
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// host hosts until SIGTERM.
func host() error {
	if len(os.Args) != 2 {
		return errors.New("usage: host SETTINGS")
	}
	var given settings
	if err := json.Unmarshal([]byte(os.Args[1]), &given); err != nil {
		return fmt.Errorf("the settings are no JSON: %w", err)
	}
	gates = given.Gates
	options := fanout.RuntimeOptions{
		Name: "conformance-go", Address: given.Address, Namespace: given.Namespace, Token: given.Token,
		Concurrency: given.Concurrency, DrainTimeout: time.Duration(given.DrainTimeoutMs) * time.Millisecond,
	}
	var err error
	if given.TLS != nil {
		if options.TLS, err = fanout.TLSFiles(given.TLS.CA, given.TLS.Cert, given.TLS.Key); err != nil {
			return err
		}
	}
	if options.Nodes, err = hosted(given); err != nil {
		return err
	}
	runtime, err := fanout.NewRuntime(options)
	if err != nil {
		return err
	}
	ctx, restore := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer restore()
	if err := runtime.Start(ctx); err != nil {
		if ctx.Err() != nil {
			return nil // it was told to end before it was ever connected
		}
		return err
	}
	tell(line{Host: "connected"})
	return runtime.Serve(ctx)
}

// hosted are the nodes that the settings name, with their concurrency.
func hosted(given settings) ([]fanout.AnyNode, error) {
	byName := map[string]fanout.AnyNode{}
	for _, node := range catalogue {
		byName[node.Definition().Name] = node
	}
	var found []fanout.AnyNode
	for _, name := range given.Nodes {
		node, isThere := byName[name]
		if !isThere {
			return nil, fmt.Errorf("the catalogue has no node %s", name)
		}
		if most := given.NodeConcurrency[name]; most > 0 {
			node.Definition().Concurrency = most
		}
		found = append(found, node)
	}
	return found, nil
}
