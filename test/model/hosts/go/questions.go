package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"sync"

	fanout "github.com/fanout/fanout/runtime/go"
)

// question is one of an execution that begins.
type question struct {
	ID            int    `json:"id"`
	Graph         string `json:"graph"`
	Identifier    string `json:"identifier"`
	State         string `json:"state"`
	Attempt       int    `json:"attempt"`
	AcceptedEmits int    `json:"accepted_emits"`
	Inputs        values `json:"inputs"`
}

// answer says what an execution is to do.
type answer struct {
	ID int `json:"id"`
	// From is the index of the first output.
	From    int    `json:"from"`
	Outputs []step `json:"outputs"`
	End     end    `json:"end"`
}

// step is one output.
type step struct {
	PauseMs int    `json:"pause_ms"`
	Output  values `json:"output"`
	// Next are identifiers of next nodes; nil: all of them.
	Next []string `json:"next"`
}

// end is the way in which an execution ends.
type end struct {
	PauseMs int `json:"pause_ms"`
	// Kind is `returns`, `fails`, `prunes`, `requeues` or `hangs`.
	Kind        string `json:"kind"`
	IsRetryable bool   `json:"is_retryable"`
	Message     string `json:"message"`
	Data        any    `json:"data"`
	DelayMs     int    `json:"delay_ms"`
}

// questions is a connection to the runner, on which each execution asks what to do.
type questions struct {
	lock    sync.Mutex
	encoder *json.Encoder
	// asked is the number of questions so far.
	asked   int
	waiting map[int]chan answer
	// broken is closed when the connection has ended, for the reason that stands in err.
	broken chan struct{}
	err    error
}

// dial connects to the runner.
func dial(address string) (*questions, error) {
	connection, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	made := &questions{encoder: json.NewEncoder(connection), waiting: map[int]chan answer{}, broken: make(chan struct{})}
	go made.read(connection)
	return made, nil
}

// ask asks what an execution is to do.
func (q *questions) ask(ctx fanout.Context, in values) (answer, error) {
	answers, id, err := q.send(ctx, in)
	if err != nil {
		return answer{}, err
	}
	defer func() {
		q.lock.Lock()
		defer q.lock.Unlock()
		delete(q.waiting, id)
	}()
	select {
	case given := <-answers:
		return given, nil
	case <-ctx.Done():
		return answer{}, context.Cause(ctx)
	case <-q.broken:
		return answer{}, q.err
	}
}

func (q *questions) send(ctx fanout.Context, in values) (<-chan answer, int, error) {
	q.lock.Lock()
	defer q.lock.Unlock()
	q.asked++
	answers := make(chan answer, 1)
	q.waiting[q.asked] = answers
	return answers, q.asked, q.encoder.Encode(question{
		ID: q.asked, Graph: ctx.GraphName(), Identifier: ctx.Identifier(), State: ctx.StateID(),
		Attempt: ctx.Attempt(), AcceptedEmits: ctx.AcceptedEmits(), Inputs: in,
	})
}

func (q *questions) read(from io.Reader) {
	defer close(q.broken)
	decoder := json.NewDecoder(from)
	for {
		var given answer
		if q.err = decoder.Decode(&given); q.err != nil {
			if errors.Is(q.err, io.EOF) {
				q.err = errors.New("the runner is gone")
			}
			return
		}
		q.lock.Lock()
		// An execution that was cancelled meanwhile does not wait any more.
		if answers, isAwaited := q.waiting[given.ID]; isAwaited {
			answers <- given
		}
		q.lock.Unlock()
	}
}
