package tests

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	fanout "github.com/fanout/fanout/runtime/go"
)

type circle struct{ Self *circle }

// unspeakable panics whenever somebody wants to see it.
type unspeakable struct{}

func (unspeakable) String() string               { panic("not I") }
func (unspeakable) MarshalJSON() ([]byte, error) { panic("nor this") }

// failingLog panics at every line.
type failingLog struct{ slog.Handler }

func (failingLog) Enabled(context.Context, slog.Level) bool  { return true }
func (failingLog) Handle(context.Context, slog.Record) error { panic("no disk") }
func (l failingLog) WithAttrs([]slog.Attr) slog.Handler      { return l }
func (l failingLog) WithGroup(string) slog.Handler           { return l }

func TestWhatNodesLogIsKeptWithTheirRunWhateverTheirLogDoes(t *testing.T) {
	c := newClient(t, fanout.ClientOptions{})
	odd := &circle{}
	odd.Self = odd
	logs := fanout.Func("go.Logs", func(ctx fanout.Context, _ struct{}) (struct{}, error) {
		ctx.Log().Debug("below the level")
		ctx.Log().Info("begun", "n", 1)
		ctx.Log().With("always", true).WithGroup("group").Warn("odd", "circle", odd, "any", unspeakable{}, "func", func() {})
		ctx.Log().Error("failing", "error", errors.New("for now"))
		return struct{}{}, nil
	})
	host(t, fanout.RuntimeOptions{Name: "go-logger", Logger: slog.New(failingLog{})}, logs)
	expect(t, c, logs, nil, `[{}]`)
	runID := newestRun(t, c)
	var told []string
	for line, err := range c.FollowLogs(context.Background(), runID, fanout.LogFilter{}) {
		if err != nil {
			t.Fatal(err)
		}
		told = append(told, fmt.Sprintf("%d %s %s %s %d", line.Number, line.Level, line.Text, line.RuntimeName, line.Attempt))
		if line.Number == 1 && string(line.Fields) != `{"n":1}` {
			t.Errorf("fields: %s", line.Fields)
		}
		if line.Number == 2 && !strings.HasPrefix(string(line.Fields), `{"always":true,"group":{"circle":"!ERROR:`) {
			t.Errorf("fields: %s", line.Fields)
		}
	}
	wanted := "1 info begun go-logger 1, 2 warn odd go-logger 1, 3 error failing go-logger 1"
	if got := strings.Join(told, ", "); got != wanted {
		t.Errorf("followed %s", got)
	}
	var errorsOnly []string
	for line, err := range c.Logs(context.Background(), runID, fanout.LogFilter{MinLevel: "error"}) {
		if err != nil {
			t.Fatal(err)
		}
		errorsOnly = append(errorsOnly, line.Text)
	}
	if strings.Join(errorsOnly, ", ") != "failing" {
		t.Errorf("read %v", errorsOnly)
	}
}

func TestANodeThatLogsALotAtOnceEndsAsAnyOther(t *testing.T) {
	c := newClient(t, fanout.ClientOptions{})
	talkative := fanout.Func("go.Talkative", func(ctx fanout.Context, _ struct{}) (struct{}, error) {
		for at := 1; at <= 100_000; at++ {
			ctx.Log().Info(fmt.Sprintf("line %d", at))
		}
		return struct{}{}, nil
	})
	host(t, fanout.RuntimeOptions{Logger: slog.New(slog.DiscardHandler)}, talkative)
	expect(t, c, talkative, nil, `[{}]`)
	last, count := "", 0
	for line, err := range c.Logs(context.Background(), newestRun(t, c), fanout.LogFilter{}) {
		if err != nil {
			t.Fatal(err)
		}
		last, count = line.Text, count+1
	}
	if count == 0 || count > 1_000 || last != "line 100000" {
		t.Errorf("%d lines, the last is %q", count, last)
	}
}

func TestLinesAreChosenByWhatThereIs(t *testing.T) {
	c := newClient(t, fanout.ClientOptions{})
	for _, filter := range []fanout.LogFilter{{Below: true}, {MinLevel: "loud"}} {
		for _, err := range c.Logs(context.Background(), "run", filter) {
			if err == nil || !strings.HasPrefix(err.Error(), "logs: ") {
				t.Errorf("%+v: %v", filter, err)
			}
		}
	}
	if _, err := fanout.NewRuntime(fanout.RuntimeOptions{RunLogs: "loud"}); err == nil || !strings.Contains(err.Error(), "run logs") {
		t.Errorf("run logs: %v", err)
	}
}

// newestRun is the run that began last.
func newestRun(t *testing.T, c *fanout.Client) string {
	t.Helper()
	for run, err := range c.Runs(context.Background(), fanout.RunFilter{}) {
		if err != nil {
			t.Fatal(err)
		}
		return run.ID
	}
	t.Fatal("there is no run")
	return ""
}
