package wire

// Reason says why a state manager refused something: `errors.Is(err, fanout.GraphNotFound)`. One that has no constant here
// can be written down: `fanout.Reason("FRAME_INVALID")`.
type Reason string

// Error is the reason as the protocol writes it.
func (r Reason) Error() string { return string(r) }

const (
	// FieldInvalid means that a field of the request breaks a rule.
	FieldInvalid Reason = "FIELD_INVALID"
	// NamespaceInvalid means that the namespace is malformed.
	NamespaceInvalid Reason = "NAMESPACE_INVALID"
	// GraphInvalid means that the template breaks rules: the violations name all of them.
	GraphInvalid Reason = "GRAPH_INVALID"
	// InputInvalid means that the inputs do not fit the graph, or the node.
	InputInvalid Reason = "INPUT_INVALID"
	// StoreInvalid means that a change to the store, or what a run's begins with, breaks a rule.
	StoreInvalid Reason = "STORE_INVALID"
	// NotUnited means that nothing unites that state or identifier.
	NotUnited Reason = "NOT_UNITED"
	// HelloInvalid means that what a runtime tells of itself breaks a rule.
	HelloInvalid Reason = "HELLO_INVALID"
	// ProtocolVersion means that the state manager speaks another version.
	ProtocolVersion Reason = "PROTOCOL_VERSION"
	// GraphNotFound means that there is no such graph or version.
	GraphNotFound Reason = "GRAPH_NOT_FOUND"
	// RunNotEnded means that the run goes on: cancel it first, or wait for its end.
	RunNotEnded Reason = "RUN_NOT_ENDED"
	// RunNotFound means that there is no such run.
	RunNotFound Reason = "RUN_NOT_FOUND"
	// StateNotFound means that the run has no such state.
	StateNotFound Reason = "STATE_NOT_FOUND"
	// TokenNotFound means that there is no such token.
	TokenNotFound Reason = "TOKEN_NOT_FOUND"
	// IdempotencyConflict means that the key has a run with other inputs or another store.
	IdempotencyConflict Reason = "IDEMPOTENCY_CONFLICT"
	// ScheduleNotFound means that the graph has no such schedule, or several and none is named.
	ScheduleNotFound Reason = "SCHEDULE_NOT_FOUND"
	// BackfillUnderWay means that the schedule has another back-fill.
	BackfillUnderWay Reason = "BACKFILL_UNDER_WAY"
	// GraphInUse means that runs of the graph have not ended.
	GraphInUse Reason = "GRAPH_IN_USE"
	// StateNotRetryable means that the state neither failed nor was cancelled by a user.
	StateNotRetryable Reason = "STATE_NOT_RETRYABLE"
	// StaleLease means that the work is not this runtime's any more.
	StaleLease Reason = "STALE_LEASE"
	// SessionExpired means that the session was silent for too long.
	SessionExpired Reason = "SESSION_EXPIRED"
	// SessionSuperseded means that the session has a newer stream.
	SessionSuperseded Reason = "SESSION_SUPERSEDED"
	// TokenInvalid means that there is no token, or one that is unknown or has ended.
	TokenInvalid Reason = "TOKEN_INVALID"
	// PermissionDenied means that the token does not allow the call, or not in this namespace.
	PermissionDenied Reason = "PERMISSION_DENIED"
	// QuotaExceeded means that the namespace has as much as it may.
	QuotaExceeded Reason = "QUOTA_EXCEEDED"
	// StorageFull means that Redis is out of memory and takes nothing new now: try again.
	StorageFull Reason = "STORAGE_FULL"
	// StorageUnavailable means that Redis cannot be reached, or takes no writes, now: try again.
	StorageUnavailable Reason = "STORAGE_UNAVAILABLE"
	// ShuttingDown means that the state manager is leaving: another one may answer.
	ShuttingDown Reason = "SHUTTING_DOWN"
	// Unreachable means that no state manager answers at the address. It is said on this side of the wire.
	Unreachable Reason = "UNREACHABLE"
)
