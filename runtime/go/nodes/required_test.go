package nodes

import (
	"context"
	"log/slog"
	"strings"
	"testing"
)

type part struct {
	Name string `json:"name"`
	Size *int64 `json:"size"`
	Note string `json:"note,omitempty"`
}

// orderIn has inputs of every kind that an assignment may lack.
type orderIn struct {
	ID     int64            `json:"id"`
	Value  any              `json:"value"`
	Parts  []part           `json:"parts"`
	ByName map[string]part  `json:"by_name,omitempty"`
	Sizes  United[int64]    `json:"sizes"`
	Times  int              `json:"times" default:"2"`
	Deep   *struct{ A int } `json:"deep,omitempty"`
}

// executed executes a node with inputs as an assignment has them.
func executed(definition *Definition, inputs string) Execution {
	of := Surroundings{Host: testHost{&MemoryStore{}}, Logger: slog.New(slog.DiscardHandler)}
	execution, _ := Execute(context.Background(), of, definition, inputs, nil, nil)
	return execution
}

func TestInputsInWhichSomethingIsMissingAreRefusedWithItsPlace(t *testing.T) {
	calls := 0
	node := Func("order", func(_ Context, in orderIn) (orderIn, error) { calls++; return in, nil })
	if node.definition.Err != nil {
		t.Fatal(node.definition.Err)
	}
	for inputs, words := range map[string]string{
		``:                                 "$.id is missing",
		`null`:                             "$ is null",
		`{"value":1,"parts":[]}`:           "$.id is missing",
		`{"id":null,"value":1}`:            "$.parts is missing",
		`{"id":1,"parts":[]}`:              "$.value is missing",
		`{"ID":1,"value":1,"parts":[]}`:    "$.id is missing",
		`{"id":null,"value":1,"parts":[]}`: "$.id is null",
		`{"id":1,"value":1,"parts":[{"name":"a","size":1},{"name":"b"}]}`: "$.parts[1].size is missing",
		`{"id":1,"value":1,"parts":[{"name":null,"size":1}]}`:             "$.parts[0].name is null",
		`{"id":1,"value":1,"parts":[null]}`:                               "$.parts[0] is null",
		`{"id":1,"value":1,"parts":[],"by_name":{"x":{"size":1}}}`:        "$.by_name.x.name is missing",
		`{"id":1,"value":1,"parts":[],"deep":{}}`:                         "$.deep.A is missing",
		`{"id":1,"value":1,"parts":[],"times":null}`:                      "$.times is null",
		`{"id":"one","value":1,"parts":[]}`:                               "cannot unmarshal string",
	} {
		errored, isErrored := executed(node.definition, inputs).(Errored)
		if !isErrored || errored.Code != "INPUT_INVALID" || !errored.IsNotRetryable ||
			!strings.Contains(errored.Message, "the inputs of order") || !strings.Contains(errored.Message, words) {
			t.Errorf("%s gives %+v, which does not say %q", inputs, errored, words)
		}
	}
	if calls != 0 {
		t.Errorf("the node was called %d times with what it cannot take", calls)
	}
}

func TestInputsThatMayBeAbsentOrNullAreTaken(t *testing.T) {
	node := Func("order", func(_ Context, in orderIn) (orderIn, error) { return in, nil })
	for _, inputs := range []string{
		`{"id":1,"value":null,"parts":null}`,
		` {"id":1.0,"value":{"a":null},"parts":[{"name":"","size":null}],"deep":null,"other":null} `,
		`{"id":1,"value":1,"parts":[],"by_name":{},"sizes":[1,2],"times":3}`,
	} {
		execution := executed(node.definition, inputs)
		if _, isDone := execution.(Executed); !isDone {
			t.Errorf("%s gives %+v", inputs, execution)
		}
	}
	anything := Func("anything", func(_ Context, in map[string]any) (map[string]any, error) { return in, nil })
	execution := executed(anything.definition, `{"a":null}`)
	if done, isDone := execution.(Executed); !isDone || done.Outputs[0].OutputJson != `{"a":null}` {
		t.Errorf("inputs of any kind give %+v", execution)
	}
}
