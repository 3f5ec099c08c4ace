// A fan-out and a unite: what the branches come to is merged, once, in their order.
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
		graph := concept.FanOutUnite()
		if _, err := client.Upsert(ctx, graph); err != nil {
			return err
		}
		totals, err := fanout.CallFor[concept.Total](ctx, client, graph, concept.Inputs{Data: concept.FirstNumbers(1_000)})
		if err != nil {
			return err
		}
		fmt.Printf("%d of %d parts\n", totals[0].Total, totals[0].Parts)
		return nil
	}, concept.DataSplitter, concept.DataProcessor, concept.ResultMerger)
}
