// The no-op nodes of the wide fan-out, hosted in Go: `runtime ADDRESS CONCURRENCY`.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"

	fanout "github.com/fanout/fanout/runtime/go"
)

// text is the payload with which `{"chunk":"…"}` and `{"data":"…"}` are 100 bytes, as in nodes.ts.
var text = strings.Repeat("x", 88)

type width struct {
	Branches int `json:"branches"`
}

type chunk struct {
	Chunk string `json:"chunk"`
}

type data struct {
	Data string `json:"data"`
}

type result struct {
	Result string `json:"result"`
}

type results struct {
	ProcessedData fanout.United[string] `json:"processed_data"`
}

var splitter = fanout.FanOut("DataSplitterNode", func(ctx fanout.Context, in width) ([]chunk, error) {
	chunks := make([]chunk, in.Branches)
	for at := range chunks {
		chunks[at] = chunk{text}
	}
	return chunks, nil
})

var processor = fanout.Func("DataProcessorNode", func(ctx fanout.Context, in data) (result, error) {
	return result{in.Data}, nil
})

var merger = fanout.Func("ResultMergerNode", func(ctx fanout.Context, in results) (width, error) {
	var counted width
	for each, err := range in.ProcessedData.All() {
		if err != nil {
			return counted, err
		}
		if each == text {
			counted.Branches++
		}
	}
	return counted, nil
})

func run(address, concurrency string) error {
	most, err := strconv.Atoi(concurrency)
	if err != nil {
		return err
	}
	runtime, err := fanout.NewRuntime(fanout.RuntimeOptions{
		Nodes:       []fanout.AnyNode{splitter, processor, merger},
		Address:     address,
		Name:        "bench",
		Concurrency: most,
		Logger:      slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return err
	}
	if err := runtime.Start(context.Background()); err != nil {
		return err
	}
	fmt.Println("ready")
	return runtime.Run(context.Background())
}

func main() {
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
