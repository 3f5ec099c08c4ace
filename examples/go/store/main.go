// The store of a run: data that its branches share. What travels with a result counts once, whatever is executed again.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/fanout/fanout/examples/go/host"
	fanout "github.com/fanout/fanout/runtime/go"
	"github.com/fanout/fanout/runtime/go/graph"
)

// Visitors are what a run begins with.
type Visitors struct {
	Visitors []string `json:"visitors"`
}

// Visitor is one branch.
type Visitor struct {
	Visitor string `json:"visitor"`
}

var open = fanout.FanOut("go.Open", func(ctx fanout.Context, in Visitors) ([]Visitor, error) {
	var visitors []Visitor
	for _, visitor := range in.Visitors {
		visitors = append(visitors, Visitor{visitor})
	}
	return visitors, nil
})

// visit counts a visitor when its result counts, and notes the first one of all.
var visit = fanout.Func("go.Visit", func(ctx fanout.Context, in Visitor) (struct{}, error) {
	_, err := ctx.Store().CompareAndSet(ctx, "first", fanout.Absent, in.Visitor)
	return struct{}{}, errors.Join(err, ctx.Report().Increment("visits", 1), ctx.Report().Append("guests", in.Visitor))
})

func main() {
	g := graph.New("go-store", graph.Options{
		Inputs: graph.TypeOf[Visitors](),
		Store:  &graph.Store{Defaults: map[string]any{"visits": 0}},
	})
	opened := g.Start(open, graph.Inputs{"visitors": g.Trigger("visitors")})
	g.After(opened, visit, graph.Inputs{"visitor": opened.Out("visitor")})
	visits := g.MustBuild()
	host.Main(func(ctx context.Context, client *fanout.Client) error {
		if _, err := client.Upsert(ctx, visits); err != nil {
			return err
		}
		run, err := client.Trigger(ctx, visits, Visitors{[]string{"Ann", "Ben", "Cem", "Dan", "Eve"}})
		if err != nil {
			return err
		}
		if _, err := client.Result(ctx, run.ID); err != nil {
			return err
		}
		store, err := client.Store(ctx, run.ID)
		if err != nil {
			return err
		}
		var guests []string
		if err := json.Unmarshal(store["guests"], &guests); err != nil {
			return err
		}
		fmt.Printf("visits: %s, first: %s, guests: %d\n", store["visits"], store["first"], len(guests))
		return nil
	}, open, visit)
}
