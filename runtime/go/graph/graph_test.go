package graph_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	fanout "github.com/fanout/fanout/runtime/go"
	"github.com/fanout/fanout/runtime/go/graph"
)

type start struct {
	URLs []string `json:"urls"`
}
type user struct {
	Name string `json:"name"`
}
type page struct {
	URL  string `json:"url"`
	User user   `json:"user"`
}
type toFetch struct {
	URL  string `json:"url"`
	Note string `json:"note,omitempty"`
}
type size struct {
	Bytes int `json:"bytes"`
}
type toMerge struct {
	Bytes  []int `json:"bytes"`
	Failed int   `json:"failed"`
}

var (
	splitter = fanout.FanOut("SplitterNode", func(fanout.Context, start) ([]page, error) { return nil, nil })
	fetcher  = fanout.Func("FetcherNode", func(fanout.Context, toFetch) (size, error) { return size{}, nil })
	merger   = fanout.Func("MergerNode", func(fanout.Context, toMerge) (size, error) { return size{}, nil })
	notifier = fanout.Func("NotifierNode", func(fanout.Context, map[string]any) (struct{}, error) { return struct{}{}, nil }, fanout.Secrets("API_KEY"))
)

func TestAGraphIsTheJSONThatIsUploaded(t *testing.T) {
	g := graph.New("measure", graph.Options{
		Inputs: graph.TypeOf[start](),
		Order:  graph.BreadthFirst,
		Retry:  &graph.Retry{MaxRetries: new(1), Backoff: 250 * time.Millisecond},
	})
	split := g.Start(splitter, graph.Inputs{"urls": g.Trigger("urls")})
	fetched := g.After(split, fetcher, graph.Inputs{
		"url": split.Out("url"), "note": fmt.Sprintf("of %v", split.Out("user", "name")),
	}, graph.MaxParallel(8), graph.AttemptTimeout(time.Minute))
	merged := g.Unite(split, fetched, merger, graph.Inputs{
		"bytes": graph.AllOf(fetched.Out("bytes")), "failed": g.Counts("failed"),
	}, graph.Policy{Strategy: graph.Quorum, MinSuccess: graph.Percent(60), Timeout: 5 * time.Second})
	made, err := g.Build(merged)
	if err != nil {
		t.Fatal(err)
	}
	if ends := made.Ends(); len(ends) != 1 || ends[0] != "merger" {
		t.Errorf("ends are %v", ends)
	}
	template, err := made.Template()
	if err != nil {
		t.Fatal(err)
	}
	want := `{"nodes":[
		{"node_name":"SplitterNode","identifier":"splitter","inputs":{"urls":"${{ trigger.urls }}"},"next_nodes":["fetcher"]},
		{"node_name":"FetcherNode","identifier":"fetcher","inputs":{"note":"of ${{ splitter.outputs.user.name }}","url":"${{ splitter.outputs.url }}"},
		 "timeout_ms":60000,"max_parallel":8,"next_nodes":["merger"]},
		{"node_name":"MergerNode","identifier":"merger","inputs":{"bytes":"${{ fetcher.outputs.bytes }}","failed":"${{ unite.counts.failed }}"},
		 "unites":{"identifier":"splitter","strategy":"QUORUM","min_success":"60%","timeout_ms":5000},"next_nodes":[]}],
		"retry_policy":{"max_retries":1,"backoff_factor":250},"order":"BREADTH_FIRST"}`
	var compact strings.Builder
	for line := range strings.Lines(want) {
		compact.WriteString(strings.TrimSpace(line))
	}
	if string(template) != compact.String() {
		t.Errorf("the template is\n%s\nand not\n%s", template, compact.String())
	}
}

// build makes a graph of what a function places, and gives the mistakes in it.
func build(options graph.Options, place func(g *graph.Builder) []*graph.Place) error {
	if options.Inputs == (graph.Type{}) {
		options.Inputs = graph.TypeOf[start]()
	}
	g := graph.New("g", options)
	_, err := g.Build(place(g)...)
	return err
}

func TestMistakesAreToldWithWhatIsNear(t *testing.T) {
	elsewhere := graph.New("other").Start(splitter, nil)
	one := func(place func(g *graph.Builder)) func(g *graph.Builder) []*graph.Place {
		return func(g *graph.Builder) []*graph.Place {
			place(g)
			return nil
		}
	}
	after := func(inputs func(split *graph.Place) graph.Inputs, options ...graph.PlaceOption) func(g *graph.Builder) []*graph.Place {
		return one(func(g *graph.Builder) {
			split := g.Start(splitter, nil)
			g.After(split, fetcher, inputs(split), options...)
		})
	}
	unite := func(inputs func(g *graph.Builder, split *graph.Place) graph.Inputs, policy graph.Policy) func(g *graph.Builder) []*graph.Place {
		return one(func(g *graph.Builder) {
			split := g.Start(splitter, nil)
			g.Unite(split, split, merger, inputs(g, split), policy)
		})
	}
	plain := func(*graph.Builder, *graph.Place) graph.Inputs { return graph.Inputs{"bytes": []int{}, "failed": 0} }
	url := func(*graph.Place) graph.Inputs { return graph.Inputs{"url": "x"} }
	for _, each := range []struct {
		words string
		place func(g *graph.Builder) []*graph.Place
	}{
		{`the trigger of graph g has no "urlz": did you mean "urls"? (graph_test.go:`, one(func(g *graph.Builder) { g.Start(splitter, graph.Inputs{"urls": g.Trigger("urlz")}) })},
		{`FetcherNode has no input "urll": did you mean "url"?`, after(func(*graph.Place) graph.Inputs { return graph.Inputs{"urll": "x", "url": "x"} })},
		{`the output of SplitterNode has no "uri": did you mean "url"?`, after(func(split *graph.Place) graph.Inputs { return graph.Inputs{"url": split.Out("uri")} })},
		{`splitter.outputs.user has no "nam": did you mean "name"?`, after(func(split *graph.Place) graph.Inputs { return graph.Inputs{"url": split.Out("user", "nam")} })},
		{`splitter.outputs.url is string, and has no field "first"`, after(func(split *graph.Place) graph.Inputs { return graph.Inputs{"url": split.Out("url", "first")} })},
		{`input url of FetcherNode is string, and 3 is none`, after(func(*graph.Place) graph.Inputs { return graph.Inputs{"url": 3} })},
		{`FetcherNode needs the input url`, after(func(*graph.Place) graph.Inputs { return nil })},
		{`is there only where branches are united`, after(func(split *graph.Place) graph.Inputs { return graph.Inputs{"url": graph.AllOf(split.Out("url"))} })},
		{`is a list of number, and ${{ unite.counts.total }} gives number: a list over all branches is AllOf(…)`, unite(func(g *graph.Builder, _ *graph.Place) graph.Inputs {
			return graph.Inputs{"bytes": g.Counts("total"), "failed": 0}
		}, graph.Policy{})},
		{`is a list of number, and ${{ splitter.outputs.url }} gives a list of string`, unite(func(_ *graph.Builder, split *graph.Place) graph.Inputs {
			return graph.Inputs{"bytes": graph.AllOf(split.Out("url")), "failed": 0}
		}, graph.Policy{})},
		{`has no "sum"`, unite(func(g *graph.Builder, _ *graph.Place) graph.Inputs {
			return graph.Inputs{"bytes": []int{}, "failed": g.Counts("sum")}
		}, graph.Policy{})},
		{"it has no start", one(func(*graph.Builder) {})},
		{"a graph has one start", one(func(g *graph.Builder) { g.Start(splitter, nil); g.Start(splitter, nil) })},
		{`it gives the outputs of "splitter", but "fetcher" follows it`, func(g *graph.Builder) []*graph.Place {
			split := g.Start(splitter, nil)
			g.After(split, fetcher, graph.Inputs{"url": split.Out("url")})
			return []*graph.Place{split}
		}},
		{"is a place in another graph", one(func(g *graph.Builder) { g.Start(splitter, nil); g.After(elsewhere, fetcher, graph.Inputs{"url": "x"}) })},
		{"after at least one place", one(func(g *graph.Builder) {
			g.Start(splitter, nil)
			g.After(graph.Places{}, fetcher, graph.Inputs{"url": "x"})
		})},
		{`id "store" is reserved`, after(url, graph.ID("store"))},
		{`id "splitter" is taken`, after(url, graph.ID("splitter"))},
		{`id "a.b": must be`, after(url, graph.ID("a.b"))},
		{"MinSuccess goes with the strategy Quorum", unite(plain, graph.Policy{Strategy: graph.Quorum})},
		{"FailFast does not go with AllDone", unite(plain, graph.Policy{Strategy: graph.AllDone, FailFast: true})},
		{"Window goes with the strategy AllDone", unite(plain, graph.Policy{Window: &graph.Window{Count: 3}})},
		{"Window: give a count", unite(plain, graph.Policy{Strategy: graph.AllDone, Window: &graph.Window{}})},
		{`share "half"`, unite(plain, graph.Policy{ToleratedFailures: "half"})},
	} {
		err := build(graph.Options{}, each.place)
		if err == nil || !strings.Contains(err.Error(), each.words) {
			t.Errorf("%q is not told, but %v", each.words, err)
		}
	}
}

func TestAllMistakesAreToldAtOnce(t *testing.T) {
	err := build(graph.Options{}, func(g *graph.Builder) []*graph.Place {
		split := g.Start(splitter, graph.Inputs{"urls": g.Trigger("urlz")})
		g.After(split, fetcher, graph.Inputs{"url": split.Out("uri")})
		return nil
	})
	if err == nil || len(strings.Split(err.Error(), "\n")) != 2 {
		t.Errorf("two mistakes are told as %v", err)
	}
}

func TestASecretIsHiddenInTheTemplateAndNeededByItsNodes(t *testing.T) {
	place := func(g *graph.Builder) []*graph.Place {
		g.Start(notifier, graph.Inputs{"text": "x"})
		return nil
	}
	g := graph.New("notify", graph.Options{Secrets: map[string]string{"API_KEY": "hush"}})
	place(g)
	made := g.MustBuild()
	template, err := made.Template()
	if err != nil || strings.Contains(string(template), "hush") || !strings.Contains(string(template), `"API_KEY":"***"`) {
		t.Errorf("the template is %s, %v", template, err)
	}
	if uploaded, err := made.UploadedTemplate(); err != nil || !strings.Contains(uploaded, "hush") {
		t.Errorf("what is uploaded is %s, %v", uploaded, err)
	}
	err = build(graph.Options{Secrets: map[string]string{"APIKEY": "x"}}, place)
	if err == nil || !strings.Contains(err.Error(), `needs the secret "API_KEY", which the graph does not have: did you mean "APIKEY"?`) {
		t.Errorf("a missing secret is told as %v", err)
	}
	err = build(graph.Options{Secrets: map[string]string{"API_KEY": ""}}, place)
	if err == nil || !strings.Contains(err.Error(), "has no value") {
		t.Errorf("an empty secret is told as %v", err)
	}
}

func TestTriggersLimitsAndTheStoreAreWritten(t *testing.T) {
	type nightly struct {
		URLs          []string `json:"urls"`
		ScheduledTime string   `json:"scheduled_time"`
	}
	options := graph.Options{
		Inputs: graph.TypeOf[nightly](),
		Limits: &graph.Limits{Width: 3, Run: time.Hour, Retention: 24 * time.Hour},
		Triggers: []graph.Trigger{
			graph.Cron{Cron: "0 3 * * *", Inputs: graph.Inputs{"urls": []string{}}, TimeZone: "Europe/Berlin", Overlap: "SKIP"},
		},
		Store: &graph.Store{Required: graph.TypeOf[struct {
			User string `json:"user"`
		}](), Defaults: map[string]any{"visits": 0}},
	}
	g := graph.New("nightly", options)
	user := g.Store("user")
	g.Start(splitter, graph.Inputs{"urls": []any{user, fmt.Sprintf("%v %v", user, g.Store("visits")), fmt.Sprint(user), "${{ store.user }}"}})
	template, err := g.MustBuild().Template()
	if err != nil {
		t.Fatal(err)
	}
	// What is written as text arrives as text, also where it is nothing but a reference.
	urls := `{"urls":["${{ store.user }}","${{ store.user }} ${{ store.visits }}","${{ '' }}${{ store.user }}","${{ store.user }}"]}`
	if !strings.Contains(string(template), urls) {
		t.Errorf("the template is %s, and has no %s", template, urls)
	}
	var read struct {
		Limits, Triggers, StoreConfig json.RawMessage
	}
	if err := json.Unmarshal([]byte(strings.Replace(string(template), "store_config", "StoreConfig", 1)), &read); err != nil {
		t.Fatal(err)
	}
	for got, want := range map[string]string{
		string(read.Limits):      `{"width":3,"run_ms":3600000,"retention_ms":86400000}`,
		string(read.Triggers):    `[{"cron":"0 3 * * *","time_zone":"Europe/Berlin","overlap":"SKIP","inputs":{"urls":[]}}]`,
		string(read.StoreConfig): `{"required_keys":["user"],"default_values":{"visits":0}}`,
	} {
		if got != want {
			t.Errorf("%s is written instead of %s", got, want)
		}
	}
	options.Triggers = []graph.Trigger{graph.After{Graph: "measure", Inputs: graph.Inputs{"urls": 3}}}
	err = build(options, func(g *graph.Builder) []*graph.Place {
		g.Start(splitter, nil)
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), "the inputs of trigger 0 break its schema") {
		t.Errorf("wrong inputs of a trigger are told as %v", err)
	}
}

func TestRatesOfPlacesAreWritten(t *testing.T) {
	g := graph.New("rated")
	split := g.Start(splitter, graph.Inputs{"urls": g.Trigger("urls")}, graph.HandedOutAt(graph.Rate{Limit: 1, Per: time.Second}))
	rate := graph.Rate{Limit: 20, Per: 500 * time.Millisecond, Key: split.Out("user", "name")}
	inputs := graph.Inputs{"url": split.Out("url"), "note": "n"}
	made, err := g.Build(g.After(split, fetcher, inputs, graph.HandedOutAt(rate)))
	if err != nil {
		t.Fatal(err)
	}
	text, err := made.Template()
	if err != nil {
		t.Fatal(err)
	}
	for _, wanted := range []string{
		`"rate":{"limit":1,"per_ms":1000}`, `"rate":{"limit":20,"per_ms":500,"key":"${{ splitter.outputs.user.name }}"}`,
	} {
		if !strings.Contains(string(text), wanted) {
			t.Errorf("%s is not in %s", wanted, text)
		}
	}
	refused := graph.New("refused")
	if _, err := refused.Build(refused.Start(splitter, graph.Inputs{"urls": []string{}}, graph.HandedOutAt(graph.Rate{Limit: 1}))); err == nil {
		t.Error("a rate without a span is taken")
	}
}
