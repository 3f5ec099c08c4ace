package nodes

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
)

// Placeholder stands for the value of a secret wherever it must not be seen.
const Placeholder = "***"

// minHidden is the length of the shortest secret that is hidden: a shorter one is found in too many texts that have nothing to
// do with it.
const minHidden = 4

// hider replaces secrets in texts.
type hider struct {
	// forms are all ways in which they may be written, the longest first, so that one that contains another is hidden whole.
	forms []string
}

func newHider(secrets map[string]string) hider {
	var forms []string
	for _, value := range secrets {
		if len(value) < minHidden {
			continue
		}
		asJSON, _ := json.Marshal(value) // a string can always be written
		plain, _ := encodeJSON(value)
		for _, form := range []string{value, trimQuotes(strconv.Quote(value)), trimQuotes(string(asJSON)), trimQuotes(plain)} {
			if !slices.Contains(forms, form) {
				forms = append(forms, form)
			}
		}
	}
	slices.SortFunc(forms, func(a, b string) int { return len(b) - len(a) })
	return hider{forms}
}

func (h hider) hide(text string) string {
	for _, form := range h.forms {
		text = strings.ReplaceAll(text, form, Placeholder)
	}
	return text
}

func trimQuotes(quoted string) string { return quoted[1 : len(quoted)-1] }

// hidingHandler shows no secret in what it logs.
type hidingHandler struct {
	slog.Handler
	hider hider
}

func (h hidingHandler) Handle(ctx context.Context, record slog.Record) error {
	hidden := slog.NewRecord(record.Time, record.Level, h.hider.hide(record.Message), record.PC)
	record.Attrs(func(attribute slog.Attr) bool {
		hidden.AddAttrs(h.hideIn(attribute))
		return true
	})
	return h.Handler.Handle(ctx, hidden)
}

func (h hidingHandler) WithAttrs(attributes []slog.Attr) slog.Handler {
	hidden := make([]slog.Attr, len(attributes))
	for at, attribute := range attributes {
		hidden[at] = h.hideIn(attribute)
	}
	return hidingHandler{h.Handler.WithAttrs(hidden), h.hider}
}

func (h hidingHandler) WithGroup(name string) slog.Handler {
	return hidingHandler{h.Handler.WithGroup(name), h.hider}
}

func (h hidingHandler) hideIn(attribute slog.Attr) slog.Attr {
	value := attribute.Value.Resolve()
	switch value.Kind() {
	case slog.KindGroup:
		members := value.Group()
		hidden := make([]slog.Attr, len(members))
		for at, member := range members {
			hidden[at] = h.hideIn(member)
		}
		return slog.Attr{Key: attribute.Key, Value: slog.GroupValue(hidden...)}
	case slog.KindString:
		return slog.String(attribute.Key, h.hider.hide(value.String()))
	case slog.KindAny:
		if text := h.shown(value.Any()); text != "" {
			return slog.String(attribute.Key, text)
		}
	}
	return attribute
}

// shown is a value as text in which secrets are hidden, or the reason why it cannot be read; empty: it may stand as it is.
func (h hidingHandler) shown(value any) (text string) {
	defer func() {
		if reason := recover(); reason != nil {
			text = h.hider.hide(fmt.Sprintf("[cannot be read: %v]", reason))
		}
	}()
	if err, isError := value.(error); isError {
		return h.hider.hide(err.Error())
	}
	written, err := encodeJSON(value)
	if err != nil || h.hider.hide(written) == written {
		return ""
	}
	return h.hider.hide(written)
}
