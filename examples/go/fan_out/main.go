// A fan-out: a list is cut into as many chunks as it has, and each is processed by itself.
package main

import (
	"context"
	"fmt"

	"github.com/fanout/fanout/examples/go/concept"
	"github.com/fanout/fanout/examples/go/host"
	fanout "github.com/fanout/fanout/runtime/go"
)

func main() {
	host.Main(func(ctx context.Context, client *fanout.Client) error {
		graph := concept.FanOut()
		if _, err := client.Upsert(ctx, graph); err != nil {
			return err
		}
		results, err := fanout.CallFor[concept.Result](ctx, client, graph, concept.Inputs{Data: concept.FirstNumbers(1_000)})
		if err != nil {
			return err
		}
		sums := make([]int, len(results))
		for at, result := range results {
			sums[at] = result.Result
		}
		fmt.Printf("%d branches: %v\n", len(sums), sums)
		return nil
	}, concept.DataSplitter, concept.DataProcessor)
}
