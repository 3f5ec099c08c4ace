// The nodes of the demo in Go: a file is split into chunks, each is summarised, and the summaries are united.
//
// A runtime that hosts them until it gets SIGTERM; run as many as you like.
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	fanout "github.com/fanout/fanout/runtime/go"
)

func main() {
	err := fanout.Run(context.Background(), fanout.RuntimeOptions{
		Nodes:   []fanout.AnyNode{dataSplitter, dataProcessor, resultMerger},
		Address: os.Getenv("FANOUT_ADDRESS"),
		Token:   os.Getenv("FANOUT_TOKEN"),
		Name:    fmt.Sprintf("geonames-go-%d", os.Getpid()),
	})
	if err != nil {
		log.Fatal(err)
	}
}
