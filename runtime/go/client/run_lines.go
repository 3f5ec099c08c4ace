package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"github.com/fanout/fanout/runtime/go/fanoutv1"
	"github.com/fanout/fanout/runtime/go/wire"
)

// LogLevel is the level of a line.
type LogLevel string

// Levels, the least first.
const (
	LogDebug LogLevel = "debug"
	LogInfo  LogLevel = "info"
	LogWarn  LogLevel = "warn"
	LogError LogLevel = "error"
)

// LogLine is one line that node code has logged.
type LogLine struct {
	// Number is that of the line in its run, from 1, in the order in which lines were kept.
	Number int64
	// LoggedAt is the instant at which it was logged, by the runtime's clock.
	LoggedAt time.Time
	Level    LogLevel
	Text     string
	// Fields stand beside the text, a JSON object; nil: there are none.
	Fields json.RawMessage
	// StateID is the state whose code has logged it, Identifier its place in the graph.
	StateID, Identifier string
	// Path leads to the state; empty: it is the root, or not known any more.
	Path string
	// Attempt is 1, 2, 3 … of the same work.
	Attempt     int
	RuntimeName string
}

// LogFilter chooses lines; all that are kept without any of it.
type LogFilter struct {
	// StateID is the state that has logged them.
	StateID string
	// Below takes those of what grew from the outputs of StateID as well.
	Below bool
	// Identifier is a place in the graph.
	Identifier string
	// MinLevel is the least level.
	MinLevel LogLevel
}

// Logs gives lines that nodes of a run have logged, the oldest first. A run keeps its newest 1,000.
func (c *Client) Logs(ctx context.Context, runID string, filter LogFilter) iter.Seq2[LogLine, error] {
	return list(func(size int32, token string) ([]*fanoutv1.LogLine, string, error) {
		chosen, err := filter.message()
		if err != nil {
			return nil, "", err
		}
		request := &fanoutv1.ReadLogsRequest{Namespace: c.services.namespace, RunId: runID, Filter: chosen, PageSize: size, PageToken: token}
		page, err := callUnary(ctx, c.services, fanoutv1.NewRunServiceClient, fanoutv1.RunServiceClient.ReadLogs, request)
		return page.GetLines(), page.GetNextPageToken(), err
	}, readLogLine)
}

// FollowLogs gives the lines that are kept and those that come, up to the end of the run. When the stream breaks before, a new
// one goes on behind the last line. An error is the last thing that is given.
func (c *Client) FollowLogs(ctx context.Context, runID string, filter LogFilter) iter.Seq2[LogLine, error] {
	return func(yield func(LogLine, error) bool) {
		chosen, err := filter.message()
		if err != nil {
			yield(LogLine{}, err)
			return
		}
		request := &fanoutv1.FollowLogsRequest{Namespace: c.services.namespace, RunId: runID, Filter: chosen}
		var patience patience
		for {
			found, err := c.services.reach(ctx)
			if err != nil {
				yield(LogLine{}, err)
				return
			}
			goesOn := true
			failure := followLines(ctx, found, request, func(line *fanoutv1.LogLine) bool {
				patience.answered()
				request.AfterNumber = line.Number
				goesOn = yield(readLogLine(line), nil)
				return goesOn
			})
			if !goesOn || failure == nil {
				return
			}
			c.services.leave(found)
			if err := patience.after(ctx, failure); err != nil {
				yield(LogLine{}, err)
				return
			}
		}
	}
}

// followLines gives the lines of one stream, as long as they are taken. Its end is no error.
func followLines(ctx context.Context, from *endpoint, request *fanoutv1.FollowLogsRequest, take func(*fanoutv1.LogLine) bool) error {
	streamCtx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := fanoutv1.NewRunServiceClient(from.channel).FollowLogs(streamCtx, request)
	if err != nil {
		return wire.FromCall(ctx, err, from.address)
	}
	for {
		message, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return wire.FromCall(ctx, err, from.address)
		}
		for _, line := range message.Lines {
			if !take(line) {
				return nil
			}
		}
	}
}

func (f LogFilter) message() (*fanoutv1.LogFilter, error) {
	if f.Below && f.StateID == "" {
		return nil, errors.New("logs: Below goes with StateID: name the state, or leave it out for all of the run")
	}
	level, err := valueOf(fanoutv1.LogLevel_value, "LOG_LEVEL_", strings.ToUpper(string(f.MinLevel)))
	if err != nil {
		return nil, fmt.Errorf("logs: MinLevel: %w", err)
	}
	return &fanoutv1.LogFilter{StateId: f.StateID, Below: f.Below, Identifier: f.Identifier, MinLevel: fanoutv1.LogLevel(level)}, nil
}

func readLogLine(line *fanoutv1.LogLine) LogLine {
	var fields json.RawMessage
	if line.FieldsJson != "" {
		fields = json.RawMessage(line.FieldsJson)
	}
	return LogLine{
		Number: line.Number, LoggedAt: line.Time.AsTime(), Text: line.Text, Fields: fields,
		Level:   LogLevel(strings.ToLower(strings.TrimPrefix(line.Level.String(), "LOG_LEVEL_"))),
		StateID: line.StateId, Identifier: line.Identifier, Path: line.Path, Attempt: int(line.Attempt), RuntimeName: line.RuntimeName,
	}
}
