package nodes

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
)

// LineReader takes the lines of one node beside its log; from any goroutine.
type LineReader interface {
	// Takes is false if it has no use for lines of that level.
	Takes(level slog.Level) bool
	// Add takes a line; fieldsJSON is a JSON object, or empty.
	Add(level slog.Level, text, fieldsJSON string)
}

// lineHandler gives the lines of a node to its log and to a LineReader. Whatever is logged, and whatever the log does, nothing
// comes of it.
type lineHandler struct {
	log    slog.Handler
	reader LineReader
	hider  hider
	// steps are what the node has added to all of its lines, in order.
	steps []func(slog.Handler) slog.Handler
}

// Unfailing is the same log, except that it never panics: a line that it does not take is told of on stderr.
func Unfailing(log *slog.Logger) *slog.Logger { return slog.New(lineHandler{log: log.Handler()}) }

// Enabled is true if somebody takes lines of that level.
func (h lineHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.takes(level) || h.log.Enabled(ctx, level)
}

// Handle passes a line on.
func (h lineHandler) Handle(ctx context.Context, record slog.Record) (err error) {
	defer func() {
		if value := recover(); value != nil {
			fmt.Fprintf(os.Stderr, "log_failed error=%q message=%q\n", fmt.Sprint(value), h.hider.hide(record.Message))
		}
	}()
	if h.takes(record.Level) {
		h.reader.Add(record.Level, h.hider.hide(record.Message), h.fieldsOf(ctx, record))
	}
	if !h.log.Enabled(ctx, record.Level) {
		return nil
	}
	return h.log.Handle(ctx, record)
}

// WithAttrs adds fields to all lines.
func (h lineHandler) WithAttrs(attributes []slog.Attr) slog.Handler {
	return h.with(func(handler slog.Handler) slog.Handler { return handler.WithAttrs(attributes) })
}

// WithGroup puts the fields that follow into one.
func (h lineHandler) WithGroup(name string) slog.Handler {
	return h.with(func(handler slog.Handler) slog.Handler { return handler.WithGroup(name) })
}

func (h lineHandler) with(step func(slog.Handler) slog.Handler) slog.Handler {
	return lineHandler{step(h.log), h.reader, h.hider, append(slices.Clone(h.steps), step)}
}

func (h lineHandler) takes(level slog.Level) bool { return h.reader != nil && h.reader.Takes(level) }

// fieldsOf writes the fields of a line as slog writes JSON: what cannot be written says so in its place.
func (h lineHandler) fieldsOf(ctx context.Context, record slog.Record) string {
	if len(h.steps) == 0 && record.NumAttrs() == 0 {
		return ""
	}
	var text bytes.Buffer
	var handler slog.Handler = hidingHandler{slog.NewJSONHandler(&text, &slog.HandlerOptions{Level: record.Level, ReplaceAttr: withoutOwn}), h.hider}
	for _, step := range h.steps {
		handler = step(handler)
	}
	if err := handler.Handle(ctx, record); err != nil {
		return ""
	}
	fields := strings.TrimSpace(text.String())
	if fields == "{}" {
		return ""
	}
	return fields
}

// withoutOwn leaves out what stands beside the fields.
func withoutOwn(groups []string, attribute slog.Attr) slog.Attr {
	if len(groups) == 0 && (attribute.Key == slog.TimeKey || attribute.Key == slog.LevelKey || attribute.Key == slog.MessageKey) {
		return slog.Attr{}
	}
	return attribute
}
