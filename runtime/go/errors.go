package fanout

import "github.com/fanout/fanout/runtime/go/wire"

type (
	// Error is the refusal of a call by a state manager, or the reason why no answer came.
	Error = wire.Error
	// Reason says why a state manager refused something: `errors.Is(err, fanout.GraphNotFound)`.
	Reason = wire.Reason
	// Violation is one field of a request that breaks a rule.
	Violation = wire.Violation
	// NotRetryableError is what NotRetryable makes.
	NotRetryableError = wire.NotRetryableError
	// Cancelled is the reason why a node's work is not wanted any more: the cause of its context.
	Cancelled = wire.Cancelled
	// RunFailedError tells that a run that was waited for did not end with SUCCESS.
	RunFailedError = wire.RunFailedError
	// RunFailure is a state that failed for good, or was cancelled.
	RunFailure = wire.RunFailure
)

// NotRetryable is an error for a node to return when trying again would not help. The format is that of fmt.Errorf, %w included.
func NotRetryable(code, format string, values ...any) error {
	return wire.NotRetryable(code, format, values...)
}

const (
	// FieldInvalid means that a field of the request breaks a rule.
	FieldInvalid = wire.FieldInvalid
	// NamespaceInvalid means that the namespace is malformed.
	NamespaceInvalid = wire.NamespaceInvalid
	// GraphInvalid means that the template breaks rules: the violations name all of them.
	GraphInvalid = wire.GraphInvalid
	// InputInvalid means that the inputs do not fit the graph, or the node.
	InputInvalid = wire.InputInvalid
	// StoreInvalid means that a change to the store, or what a run's begins with, breaks a rule.
	StoreInvalid = wire.StoreInvalid
	// NotUnited means that nothing unites that state or identifier.
	NotUnited = wire.NotUnited
	// HelloInvalid means that what a runtime tells of itself breaks a rule.
	HelloInvalid = wire.HelloInvalid
	// ProtocolVersion means that the state manager speaks another version.
	ProtocolVersion = wire.ProtocolVersion
	// GraphNotFound means that there is no such graph or version.
	GraphNotFound = wire.GraphNotFound
	// RunNotEnded means that the run goes on: cancel it first, or wait for its end.
	RunNotEnded = wire.RunNotEnded
	// RunNotFound means that there is no such run.
	RunNotFound = wire.RunNotFound
	// StateNotFound means that the run has no such state.
	StateNotFound = wire.StateNotFound
	// TokenNotFound means that there is no such token.
	TokenNotFound = wire.TokenNotFound
	// IdempotencyConflict means that the key has a run with other inputs or another store.
	IdempotencyConflict = wire.IdempotencyConflict
	// ScheduleNotFound means that the graph has no such schedule, or several and none is named.
	ScheduleNotFound = wire.ScheduleNotFound
	// BackfillUnderWay means that the schedule has another back-fill.
	BackfillUnderWay = wire.BackfillUnderWay
	// GraphInUse means that runs of the graph have not ended.
	GraphInUse = wire.GraphInUse
	// StateNotRetryable means that the state neither failed nor was cancelled by a user.
	StateNotRetryable = wire.StateNotRetryable
	// StaleLease means that the work is not this runtime's any more.
	StaleLease = wire.StaleLease
	// SessionExpired means that the session was silent for too long.
	SessionExpired = wire.SessionExpired
	// SessionSuperseded means that the session has a newer stream.
	SessionSuperseded = wire.SessionSuperseded
	// TokenInvalid means that there is no token, or one that is unknown or has ended.
	TokenInvalid = wire.TokenInvalid
	// PermissionDenied means that the token does not allow the call, or not in this namespace.
	PermissionDenied = wire.PermissionDenied
	// QuotaExceeded means that the namespace has as much as it may.
	QuotaExceeded = wire.QuotaExceeded
	// StorageFull means that Redis is out of memory and takes nothing new now: try again.
	StorageFull = wire.StorageFull
	// StorageUnavailable means that Redis cannot be reached, or takes no writes, now: try again.
	StorageUnavailable = wire.StorageUnavailable
	// ShuttingDown means that the state manager is leaving: another one may answer.
	ShuttingDown = wire.ShuttingDown
	// Unreachable means that no state manager answers at the address. It is said on this side of the wire.
	Unreachable = wire.Unreachable
)
