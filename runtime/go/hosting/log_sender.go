package hosting

import (
	"fmt"
	"log/slog"
	"math"
	"strings"
	"sync"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/fanout/fanout/runtime/go/fanoutv1"
)

const (
	// maxWaitingBytes are those of all lines that wait to be sent.
	maxWaitingBytes = 256_000
	// lineBytes are what a line counts with besides its texts.
	lineBytes = 64
)

// leastLevels are the levels from which lines are sent, by the names that options give them.
var leastLevels = map[string]slog.Level{
	"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError, "off": math.MaxInt,
}

func checkRunLogs(name string) error {
	if _, isKnown := leastLevels[name]; isKnown {
		return nil
	}
	return fmt.Errorf("run logs %q: must be debug, info, warn, error or off", name)
}

type waitingLine struct {
	of    lease
	line  *fanoutv1.LoggedLine
	bytes int
}

// logSender has the lines that nodes log, until the stream has room: then they go ahead of the reports. Nothing waits for a
// line; the oldest make room, and are counted.
type logSender struct {
	least slog.Level

	mu sync.Mutex
	// bounds are those of the newest stream; nil: its state manager takes no lines.
	bounds  *fanoutv1.RunLogs
	waiting []waitingLine
	bytes   int
	// mostBytes are those of all lines that wait, at most: fewer where frames are small.
	mostBytes int
	// dropped are the numbers of lines that were left out and are not told yet.
	dropped map[lease]int64
}

func newLogSender(least string) *logSender {
	return &logSender{least: leastLevels[least], dropped: map[lease]int64{}}
}

func (s *logSender) connected(bounds *fanoutv1.RunLogs, limits limits) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bounds = bounds
	s.mostBytes = min(maxWaitingBytes, limits.maxFrameBytes/4)
}

// takes is true if lines of that level are sent at all.
func (s *logSender) takes(level slog.Level) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bounds != nil && level >= s.least
}

// add takes a line, and is true if none waited before.
func (s *logSender) add(of lease, level slog.Level, text, fieldsJSON string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bounds == nil {
		return false
	}
	most := int(s.bounds.MaxLineBytes)
	text = strings.ToValidUTF8(text[:min(len(text), most)], "")
	// Part of a JSON text is none.
	if len(text)+len(fieldsJSON) > most {
		fieldsJSON = ""
	}
	line := &fanoutv1.LoggedLine{Time: timestamppb.Now(), Level: levelOf(level), Text: text, FieldsJson: strings.ToValidUTF8(fieldsJSON, "�")}
	isFirst := len(s.waiting) == 0
	size := len(text) + len(fieldsJSON) + lineBytes
	s.waiting = append(s.waiting, waitingLine{of, line, size})
	s.bytes += size
	for len(s.waiting) > int(s.bounds.MaxLines) || s.bytes > s.mostBytes {
		s.bytes -= s.waiting[0].bytes
		s.dropped[s.waiting[0].of]++
		s.waiting[0] = waitingLine{}
		s.waiting = s.waiting[1:]
	}
	return isFirst
}

// take takes what waits.
func (s *logSender) take() []*fanoutv1.StateLog {
	s.mu.Lock()
	defer s.mu.Unlock()
	states := map[lease]*fanoutv1.StateLog{}
	var items []*fanoutv1.StateLog
	logOf := func(of lease) *fanoutv1.StateLog {
		if states[of] == nil {
			states[of] = &fanoutv1.StateLog{StateId: of.stateID, LeaseToken: of.token}
			items = append(items, states[of])
		}
		return states[of]
	}
	for of, count := range s.dropped {
		logOf(of).Dropped = count
	}
	for _, each := range s.waiting {
		state := logOf(each.of)
		state.Lines = append(state.Lines, each.line)
	}
	s.waiting, s.bytes = nil, 0
	clear(s.dropped)
	if s.bounds == nil {
		return nil
	}
	return items
}

func levelOf(level slog.Level) fanoutv1.LogLevel {
	switch {
	case level >= slog.LevelError:
		return fanoutv1.LogLevel_LOG_LEVEL_ERROR
	case level >= slog.LevelWarn:
		return fanoutv1.LogLevel_LOG_LEVEL_WARN
	case level >= slog.LevelInfo:
		return fanoutv1.LogLevel_LOG_LEVEL_INFO
	}
	return fanoutv1.LogLevel_LOG_LEVEL_DEBUG
}
