package wire

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	rpcstatus "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Violation is one field of a request that breaks a rule.
type Violation struct {
	// Path leads to the field, such as `$.nodes[2].inputs.data`.
	Path string
	// Code is the rule, in UPPER_SNAKE_CASE.
	Code string
	// Description says what is wrong, and what to do.
	Description string
}

func (v Violation) String() string {
	return fmt.Sprintf("%s: %s (%s)", v.Path, v.Description, v.Code)
}

// Error is the refusal of a call by a state manager, or the reason why no answer came.
type Error struct {
	// Code is the gRPC status code.
	Code codes.Code
	// Reason is that of the state manager; empty: it gave none. `errors.Is` finds it.
	Reason Reason
	// Message is the sentence of the state manager.
	Message string
	// Violations are all that is wrong with the request; none if it is something else.
	Violations []Violation
	// RetryAfter is the time after which trying again makes sense; 0: it does not.
	RetryAfter time.Duration
	// IsRefused tells that no state manager has begun with it, so that it may be sent again, whatever it is. False says nothing.
	IsRefused bool
}

// Error has the message, and each violation that the message does not tell.
func (e *Error) Error() string {
	text := e.Message
	for _, violation := range e.Violations {
		if !strings.Contains(e.Message, violation.Description) {
			text += "\n  " + violation.String()
		}
	}
	return text
}

// Is tells whether a reason is that of the error.
func (e *Error) Is(target error) bool {
	reason, isReason := target.(Reason)
	return isReason && reason != "" && reason == e.Reason
}

// IsAway tells whether another state manager may answer. One that has no time for more ends its streams with CANCELLED.
func (e *Error) IsAway() bool {
	return e.Code == codes.Unavailable || e.Code == codes.Canceled
}

// FromCall reads the error of a gRPC call, details included; address is that of the state manager that was called. The
// error of a context that has ended is that of the context.
func FromCall(ctx context.Context, err error, address string) error {
	var known *Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	found, isStatus := status.FromError(err)
	if !isStatus {
		return fmt.Errorf("the call to %s failed: %w", address, err)
	}
	read := readStatus(found)
	if read.Code == codes.Unavailable && read.Reason == "" {
		read.IsRefused = wasNeverSent(read.Message)
		read.Reason = Unreachable
		read.Message = fmt.Sprintf("no state manager answers at %s (%s): start one there, or give the address of another", address, read.Message)
	}
	return read
}

// FromStatus reads a `google.rpc.Status` that a message carries.
func FromStatus(message *rpcstatus.Status) *Error {
	return readStatus(status.FromProto(message))
}

func readStatus(found *status.Status) *Error {
	read := &Error{Code: found.Code(), Message: found.Message()}
	if read.Message == "" {
		read.Message = found.Code().String()
	}
	for _, detail := range found.Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			read.Reason = Reason(detail.Reason)
		case *errdetails.BadRequest:
			for _, each := range detail.FieldViolations {
				read.Violations = append(read.Violations, Violation{each.Field, each.Reason, each.Description})
			}
		case *errdetails.RetryInfo:
			read.RetryAfter = detail.RetryDelay.AsDuration()
		}
	}
	read.IsRefused = read.Reason == ShuttingDown
	return read
}

// wasNeverSent looks for the library's words for a call that had no connection to go on.
func wasNeverSent(message string) bool {
	for _, words := range []string{"Error while dialing", "name resolver error", "authentication handshake failed"} {
		if strings.Contains(message, words) {
			return true
		}
	}
	return false
}

// NotRetryableError is returned by a node: trying again would not help, so the retry policy does not apply.
type NotRetryableError struct {
	// Code is in UPPER_SNAKE_CASE, for those who read the failure.
	Code string
	Err  error
}

func (e *NotRetryableError) Error() string { return e.Err.Error() }

// Unwrap gives what the error was made of.
func (e *NotRetryableError) Unwrap() error { return e.Err }

// NotRetryable is an error for a node to return when trying again would not help. The format is that of fmt.Errorf, %w included.
func NotRetryable(code, format string, values ...any) error {
	return &NotRetryableError{Code: code, Err: fmt.Errorf(format, values...)}
}

// Cancelled is the reason why a node's work is not wanted any more: the cause of its context.
type Cancelled struct {
	// Code is CANCELLED (by a user), UNITE_DECIDED (a unite does not wait for it any more), SUPERSEDED (what it grew from is
	// retried by hand), TIMEOUT, RUN_TIMEOUT, LEASE_LOST, STOPPING, or another one in UPPER_SNAKE_CASE.
	Code    string
	Message string
}

func (c *Cancelled) Error() string { return c.Message }

// Is makes a cancellation a `context.Canceled` for those who look no closer.
func (c *Cancelled) Is(target error) bool { return target == context.Canceled }

var cancellations = map[string]string{
	"CANCELLED":     "the run, or this part of it, was cancelled",
	"LEASE_LOST":    "the lease was lost: others execute the state, or it has ended",
	"RUN_TIMEOUT":   "the run took longer than its limits.run_ms",
	"SUPERSEDED":    "what this work grew from is retried by hand",
	"TIMEOUT":       "the work took longer than the timeout_ms of its place in the graph",
	"UNITE_DECIDED": "a unite was decided without this work",
}

// CancelledBecause is a cancellation for a reason that a state manager gives.
func CancelledBecause(code string) *Cancelled {
	message, isKnown := cancellations[code]
	if !isKnown {
		message = "the state manager has taken the work back: " + code
	}
	return &Cancelled{Code: code, Message: message}
}

// RunFailure is a state that failed for good, or was cancelled.
type RunFailure struct {
	// Identifier is the place in the graph.
	Identifier string
	// Path is the position of the state in the run; empty: at its start.
	Path string
	// Code is in UPPER_SNAKE_CASE.
	Code string
	// Message is empty if there is nothing to say.
	Message string
}

func (f RunFailure) String() string {
	text := f.Identifier
	if f.Path != "" {
		text += " at " + f.Path
	}
	text += ": " + f.Code
	if f.Message != "" {
		text += ": " + f.Message
	}
	return text
}

// RunFailedError tells that a run that was waited for did not end with SUCCESS.
type RunFailedError struct {
	RunID string
	// Status is FAILED or CANCELLED.
	Status string
	// Failures are the first few states that failed for good.
	Failures []RunFailure
}

func (e *RunFailedError) Error() string {
	text := fmt.Sprintf("run %s ended %s", e.RunID, e.Status)
	for _, failure := range e.Failures {
		text += "\n  " + failure.String()
	}
	return text
}
