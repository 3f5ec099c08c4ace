// A web handler that calls a graph like a function: who hangs up cancels the run.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/fanout/fanout/examples/go/concept"
	"github.com/fanout/fanout/examples/go/host"
	fanout "github.com/fanout/fanout/runtime/go"
)

// handler answers a list of numbers with their total.
func handler(client *fanout.Client) http.HandlerFunc {
	graph := concept.FanOutUnite()
	return func(response http.ResponseWriter, request *http.Request) {
		var inputs concept.Inputs
		if err := json.NewDecoder(request.Body).Decode(&inputs); err != nil {
			http.Error(response, err.Error(), http.StatusBadRequest)
			return
		}
		options := fanout.TriggerOptions{CancelOnAbort: true, Key: request.Header.Get("Idempotency-Key")}
		results, err := client.Call(request.Context(), graph, inputs, options)
		var failed *fanout.RunFailedError
		switch {
		case errors.As(err, &failed):
			http.Error(response, failed.Error(), http.StatusUnprocessableEntity)
		case errors.Is(err, fanout.InputInvalid), errors.Is(err, fanout.IdempotencyConflict):
			http.Error(response, err.Error(), http.StatusBadRequest)
		case err != nil:
			http.Error(response, err.Error(), http.StatusServiceUnavailable)
		default:
			response.Header().Set("Content-Type", "application/json")
			_, _ = response.Write(results[0].Output) // who has hung up misses it
		}
	}
}

func main() {
	host.Main(func(ctx context.Context, client *fanout.Client) error {
		if _, err := client.Upsert(ctx, concept.FanOutUnite()); err != nil {
			return err
		}
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		server := &http.Server{Handler: handler(client), ReadHeaderTimeout: 5 * time.Second}
		defer server.Close()
		go server.Serve(listener)
		return ask(ctx, "http://"+listener.Addr().String())
	}, concept.DataSplitter, concept.DataProcessor, concept.ResultMerger)
}

// ask is a client of the web server.
func ask(ctx context.Context, url string) error {
	body, err := json.Marshal(concept.Inputs{Data: concept.FirstNumbers(1_000)})
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(string(body)))
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	fmt.Println(response.Status, string(answer))
	return nil
}
