package tests

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/fanout/fanout/runtime/go/client"
	"github.com/fanout/fanout/runtime/go/fanouttest"
	"github.com/fanout/fanout/runtime/go/nodes"
)

type splitIn struct {
	Count int `json:"count"`
	Size  int `json:"size" default:"10"`
}
type number struct {
	N int `json:"n"`
}
type sums struct {
	Numbers nodes.United[int] `json:"numbers"`
}
type total struct {
	Total int `json:"total"`
	Count int `json:"count"`
}

func TestSmoke(t *testing.T) {
	split := nodes.FanOut("Split", func(ctx nodes.Context, in splitIn) ([]number, error) {
		out := make([]number, in.Count)
		for i := range out {
			out[i].N = i
		}
		return out, nil
	})
	each := nodes.Func("Each", func(ctx nodes.Context, in number) (number, error) { return in, nil })
	sum := nodes.Func("Sum", func(ctx nodes.Context, in sums) (total, error) {
		var out total
		for n, err := range in.Numbers.All() {
			if err != nil {
				return out, err
			}
			out.Total += n
			out.Count++
		}
		return out, nil
	})
	env := fanouttest.Start(t, fanouttest.Options{Nodes: []nodes.AnyNode{split, each, sum}, Command: []string{"node", "services/state-manager/dist/main.js"}, Dir: "../../.."})
	template := json.RawMessage(`{"nodes":[
	{"node_name":"Split","identifier":"split","inputs":{"count":"${{ trigger.count }}"},"next_nodes":["each"]},
	{"node_name":"Each","identifier":"each","inputs":{"n":"${{ split.outputs.n }}"},"next_nodes":["sum"]},
	{"node_name":"Sum","identifier":"sum","inputs":{"numbers":"${{ each.outputs.n }}"},"unites":{"identifier":"split"},"next_nodes":[]}]}`)
	ctx := context.Background()
	stored, err := env.Client.Upsert(ctx, client.NamedTemplate{Name: "g", Template: template})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println(stored)
	for _, n := range []int{0, 1, 1000, 20000, 20000} {
		start := time.Now()
		out, err := client.CallFor[total](ctx, env.Client, client.Named("g"), map[string]int{"count": n})
		fmt.Println(n, out, err, time.Since(start), float64(n)/time.Since(start).Seconds())
	}
}
