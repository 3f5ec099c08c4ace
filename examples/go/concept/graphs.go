package concept

import "github.com/fanout/fanout/runtime/go/graph"

// Inputs are those of a trigger.
type Inputs struct {
	Data []int `json:"data"`
}

// FanOut is the first graph of the concept page: each chunk is processed by itself.
func FanOut() *graph.Graph {
	g := graph.New("go-fanout", graph.Options{Inputs: graph.TypeOf[Inputs]()})
	splitter := g.Start(DataSplitter, graph.Inputs{"data": g.Trigger("data")})
	processor := g.After(splitter, DataProcessor, graph.Inputs{"data": splitter.Out("chunk")}, graph.ID("processor"))
	return g.MustBuild(processor)
}

// FanOutUnite is the second one: what the branches come to is merged, once, in their order.
func FanOutUnite() *graph.Graph {
	g := graph.New("go-fanout-unite", graph.Options{Inputs: graph.TypeOf[Inputs]()})
	splitter := g.Start(DataSplitter, graph.Inputs{"data": g.Trigger("data")})
	processor := g.After(splitter, DataProcessor, graph.Inputs{"data": splitter.Out("chunk")}, graph.ID("processor"))
	inputs := graph.Inputs{"processed_data": graph.AllOf(processor.Out("result"))}
	merger := g.Unite(splitter, processor, ResultMerger, inputs, graph.Policy{}, graph.ID("merger"))
	return g.MustBuild(merger)
}
