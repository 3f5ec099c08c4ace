// Program is a runtime that tests start as a process: `program ADDRESS [TOKEN]`.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	fanout "github.com/fanout/fanout/runtime/go"
)

// short takes a second and a half.
var short = fanout.Func("go.Short", func(fanout.Context, struct{}) (map[string]any, error) {
	fmt.Println("short has begun")
	time.Sleep(1500 * time.Millisecond)
	return map[string]any{"done": true}, nil
})

// hangs never returns, and heeds nothing.
var hangs = fanout.Func("go.Hangs", func(fanout.Context, struct{}) (struct{}, error) {
	fmt.Println("hangs has begun")
	select {}
})

func main() {
	options := fanout.RuntimeOptions{Nodes: []fanout.AnyNode{short, hangs}, Address: os.Args[1], DrainTimeout: 3 * time.Second}
	if len(os.Args) > 2 {
		options.Token = os.Args[2]
	}
	if err := fanout.Run(context.Background(), options); err != nil {
		log.Fatal(err)
	}
	fmt.Println("the program goes on")
}
