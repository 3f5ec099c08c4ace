// An open fan-out: branches begin while their list is still being read.
package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/fanout/fanout/examples/go/host"
	fanout "github.com/fanout/fanout/runtime/go"
	"github.com/fanout/fanout/runtime/go/graph"
)

// Text is what a run begins with.
type Text struct {
	Text string `json:"text"`
}

// Line is one of a text.
type Line struct {
	Number int    `json:"number"`
	Text   string `json:"text"`
}

// Length is that of a line.
type Length struct {
	Length int `json:"length"`
}

// Lengths are those of all lines that are not empty.
type Lengths struct {
	Lengths []int `json:"lengths"`
	Empty   int   `json:"empty"`
}

// Summary is the result of a run.
type Summary struct{ Lines, Characters, Empty int }

// readLines makes each line a branch as soon as it is emitted. Executed again after a crash, it has to come to the same lines:
// those that were accepted are not sent again.
var readLines = fanout.OpenFanOut("go.ReadLines", func(ctx fanout.Context, in Text, emit func(Line) error) error {
	for number, line := range strings.Split(in.Text, "\n") {
		ctx.Heartbeat(fmt.Sprintf("line %d", number))
		if err := emit(Line{number, line}); err != nil {
			return err
		}
		select {
		case <-time.After(50 * time.Millisecond): // a slow source
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
})

// measure measures a line; the branch of an empty one ends here.
var measure = fanout.Func("go.Measure", func(ctx fanout.Context, in Text) (Length, error) {
	if in.Text == "" {
		return Length{}, fanout.Prune(map[string]string{"reason": "empty"})
	}
	return Length{len(in.Text)}, nil
}, fanout.Timeout(10*time.Second), fanout.Concurrency(8))

// summarize runs once, when all branches have ended.
var summarize = fanout.Func("go.Summarize", func(ctx fanout.Context, in Lengths) (Summary, error) {
	summary := Summary{Lines: len(in.Lengths), Empty: in.Empty}
	for _, length := range in.Lengths {
		summary.Characters += length
	}
	return summary, nil
})

func linesOf() *graph.Graph {
	g := graph.New("go-open-fan-out", graph.Options{Inputs: graph.TypeOf[Text]()})
	lines := g.Start(readLines, graph.Inputs{"text": g.Trigger("text")})
	lengths := g.After(lines, measure, graph.Inputs{"text": lines.Out("text")})
	inputs := graph.Inputs{"lengths": graph.AllOf(lengths.Out("length")), "empty": g.Counts("pruned")}
	return g.MustBuild(g.Unite(lines, lengths, summarize, inputs, graph.Policy{}))
}

func main() {
	host.Main(func(ctx context.Context, client *fanout.Client) error {
		lines := linesOf()
		if _, err := client.Upsert(ctx, lines); err != nil {
			return err
		}
		run, err := client.Trigger(ctx, lines, Text{"one\n\nthree\nand four"})
		if err != nil {
			return err
		}
		for seen, err := range client.Watch(ctx, run.ID) {
			if err != nil {
				return err
			}
			fmt.Print(seen.Status)
			for _, counts := range seen.Counts {
				fmt.Printf(" %s %d", counts.Identifier, counts.Success)
			}
			fmt.Println()
		}
		results, err := client.Result(ctx, run.ID)
		if err != nil {
			return err
		}
		var summary Summary
		if err := results[0].Decode(&summary); err != nil {
			return err
		}
		fmt.Printf("%+v\n", summary)
		return nil
	}, readLines, measure, summarize)
}
