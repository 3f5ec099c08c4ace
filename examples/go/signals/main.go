// Signals: a node waits without holding a place, or ends its branch.
package main

import (
	"context"
	"fmt"
	"time"

	"github.com/fanout/fanout/examples/go/host"
	fanout "github.com/fanout/fanout/runtime/go"
	"github.com/fanout/fanout/runtime/go/graph"
)

// Questions are what a run begins with.
type Questions struct {
	Questions []string `json:"questions"`
}

// Question is one branch.
type Question struct {
	Question string `json:"question"`
}

// Answer is what a branch comes to.
type Answer struct {
	Answer string `json:"answer"`
}

// Answers are what all branches come to.
type Answers struct {
	Answers []string `json:"answers"`
	Pruned  int      `json:"pruned"`
}

var ask = fanout.FanOut("go.Ask", func(ctx fanout.Context, in Questions) ([]Question, error) {
	var questions []Question
	for _, question := range in.Questions {
		questions = append(questions, Question{question})
	}
	return questions, nil
})

// answer is not ready at first, and has none to an empty question.
var answer = fanout.Func("go.Answer", func(ctx fanout.Context, in Question) (Answer, error) {
	if in.Question == "" {
		return Answer{}, fanout.Prune(nil)
	}
	looks, err := ctx.Store().Increment(ctx, "looks_"+in.Question, 1)
	if err != nil {
		return Answer{}, err
	}
	if looks < 3 {
		return Answer{}, fanout.RequeueAfter(200 * time.Millisecond) // no attempt counts, and no place is held
	}
	return Answer{in.Question}, nil
})

var collect = fanout.Func("go.Collect", func(ctx fanout.Context, in Answers) (Answers, error) { return in, nil })

func main() {
	g := graph.New("go-signals", graph.Options{Inputs: graph.TypeOf[Questions]()})
	asked := g.Start(ask, graph.Inputs{"questions": g.Trigger("questions")})
	answered := g.After(asked, answer, graph.Inputs{"question": asked.Out("question")})
	inputs := graph.Inputs{"answers": graph.AllOf(answered.Out("answer")), "pruned": g.Counts("pruned")}
	signals := g.MustBuild(g.Unite(asked, answered, collect, inputs, graph.Policy{}))
	host.Main(func(ctx context.Context, client *fanout.Client) error {
		if _, err := client.Upsert(ctx, signals); err != nil {
			return err
		}
		results, err := fanout.CallFor[Answers](ctx, client, signals, Questions{[]string{"first", "", "second"}})
		if err != nil {
			return err
		}
		fmt.Printf("answers: %v, pruned: %d\n", results[0].Answers, results[0].Pruned)
		return nil
	}, ask, answer, collect)
}
