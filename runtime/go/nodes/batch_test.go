package nodes_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	fanout "github.com/fanout/fanout/runtime/go"
)

type value struct {
	Value int `json:"value"`
}

type batchOf func(items []fanout.BatchItem[value]) ([]fanout.BatchResult[value], error)

// doubled is the results of a batch that doubles.
func doubled(items []fanout.BatchItem[value]) ([]fanout.BatchResult[value], error) {
	results := make([]fanout.BatchResult[value], len(items))
	for at, item := range items {
		results[at].Output = value{2 * item.Inputs.Value}
	}
	return results, nil
}

type outcome struct {
	outs []value
	err  error
}

// runAll runs a node with the values from 0 at once.
func runAll(node *fanout.Node[value, value], count int) []outcome {
	outcomes := make([]outcome, count)
	var all sync.WaitGroup
	for at := range outcomes {
		all.Add(1)
		go func() {
			defer all.Done()
			outs, err := fanout.RunNode(context.Background(), node, value{at})
			outcomes[at] = outcome{outs, err}
		}()
	}
	all.Wait()
	return outcomes
}

func TestABatchBeginsWhenItIsFull(t *testing.T) {
	var sizes []int
	node := fanout.Batch("n", 3, time.Hour, func(items []fanout.BatchItem[value]) ([]fanout.BatchResult[value], error) {
		sizes = append(sizes, len(items))
		return doubled(items)
	})
	for at, got := range runAll(node, 3) {
		if got.err != nil || !slices.Equal(got.outs, []value{{2 * at}}) {
			t.Errorf("execution %d came to %v, %v", at, got.outs, got.err)
		}
	}
	if !slices.Equal(sizes, []int{3}) {
		t.Errorf("batches had %v executions", sizes)
	}
}

func TestABatchThatDoesNotFillBeginsAfterItsTime(t *testing.T) {
	node := fanout.Batch("n", 100, 5*time.Millisecond, doubled)
	for at, got := range runAll(node, 2) {
		if got.err != nil || !slices.Equal(got.outs, []value{{2 * at}}) {
			t.Errorf("execution %d came to %v, %v", at, got.outs, got.err)
		}
	}
}

func TestAnErrorOfOneExecutionIsItsAlone(t *testing.T) {
	node := fanout.Batch("n", 3, time.Hour, func(items []fanout.BatchItem[value]) ([]fanout.BatchResult[value], error) {
		results, _ := doubled(items)
		for at, item := range items {
			switch item.Inputs.Value {
			case 1:
				results[at].Err = errors.New("no such row")
			case 2:
				results[at].Err = fanout.Prune("old")
			}
		}
		return results, nil
	})
	got := runAll(node, 3)
	var prune *fanout.PruneSignal
	if got[0].err != nil || got[1].err == nil || !errors.As(got[2].err, &prune) {
		t.Errorf("the executions came to %v, %v, %v", got[0].err, got[1].err, got[2].err)
	}
}

func TestWhatFailsABatchFailsAllOfItOnce(t *testing.T) {
	for told, first := range map[string]batchOf{
		"is away": func([]fanout.BatchItem[value]) ([]fanout.BatchResult[value], error) {
			return nil, errors.New("the database is away")
		},
		"it is gone": func([]fanout.BatchItem[value]) ([]fanout.BatchResult[value], error) { panic("it is gone") },
		"n has returned 1 results for a batch of 2": func([]fanout.BatchItem[value]) ([]fanout.BatchResult[value], error) {
			return make([]fanout.BatchResult[value], 1), nil
		},
	} {
		calls := 0
		node := fanout.Batch("n", 2, time.Hour, func(items []fanout.BatchItem[value]) ([]fanout.BatchResult[value], error) {
			if calls++; calls == 1 {
				return first(items)
			}
			return doubled(items)
		})
		for _, got := range runAll(node, 2) {
			if got.err == nil || !strings.Contains(got.err.Error(), told) {
				t.Errorf("%q is not in %v", told, got.err)
			}
		}
		for _, got := range runAll(node, 2) {
			if got.err != nil {
				t.Errorf("the next batch fails as well: %v", got.err)
			}
		}
	}
}

func TestAnExecutionThatIsCancelledWhileItWaitsLeavesItsBatch(t *testing.T) {
	var seen []int
	node := fanout.Batch("n", 2, time.Hour, func(items []fanout.BatchItem[value]) ([]fanout.BatchResult[value], error) {
		for _, item := range items {
			seen = append(seen, item.Inputs.Value)
		}
		return doubled(items)
	})
	ended, end := context.WithCancelCause(context.Background())
	end(errors.New("by a user"))
	if _, err := fanout.RunNode(ended, node, value{7}); err == nil || !strings.Contains(err.Error(), "by a user") {
		t.Errorf("it came to %v", err)
	}
	runAll(node, 2)
	slices.Sort(seen)
	if fmt.Sprint(seen) != "[0 1]" {
		t.Errorf("the batch had %v", seen)
	}
}

func TestABatchThatCannotWorkIsRefused(t *testing.T) {
	for told, node := range map[string]*fanout.Node[value, value]{
		"batch of 1: must be of 2 to 10000":                        fanout.Batch("n", 1, time.Second, doubled),
		"within 0s: must be more than 0":                           fanout.Batch("n", 2, 0, doubled),
		"batch of 10: must be at most its concurrency, which is 9": fanout.Batch("n", 10, time.Second, doubled, fanout.Concurrency(9)),
	} {
		if err := node.Definition().Err; err == nil || !strings.Contains(err.Error(), told) {
			t.Errorf("%q is not in %v", told, err)
		}
	}
}
