package client

import (
	"context"
	"errors"
	"time"

	"github.com/fanout/fanout/runtime/go/wire"
)

const (
	// minPause and maxPause bound the time between two attempts to go on.
	minPause = 50 * time.Millisecond
	maxPause = 2 * time.Second
	// longestAway is the time for which state managers that are away are waited for.
	longestAway = time.Minute
)

// patience has the pauses of one wait for state managers that are away: they restart, and others may answer.
type patience struct {
	pause     time.Duration
	awaySince time.Time
}

// answered notes that one has answered.
func (p *patience) answered() { *p = patience{} }

// after waits before the next attempt. It returns the failure itself if another attempt would fail in the same way, or if
// none has answered for a minute.
func (p *patience) after(ctx context.Context, failure error) error {
	if p.awaySince.IsZero() {
		p.awaySince, p.pause = time.Now(), minPause
	}
	if !isAway(failure) || time.Since(p.awaySince) > longestAway {
		return failure
	}
	select {
	case <-time.After(p.pause):
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	p.pause = min(maxPause, p.pause*2)
	return nil
}

func isAway(failure error) bool {
	var refusal *wire.Error
	return errors.As(failure, &refusal) && refusal.IsAway()
}

func isRefused(failure error) bool {
	var refusal *wire.Error
	return errors.As(failure, &refusal) && refusal.IsRefused
}
