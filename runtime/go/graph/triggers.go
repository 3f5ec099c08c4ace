package graph

import "time"

// Trigger starts runs of a graph without a call: a Cron, or an After.
type Trigger interface{ template() triggerTemplate }

type triggerTemplate struct {
	Name     string         `json:"name,omitempty"`
	Cron     string         `json:"cron,omitempty"`
	TimeZone string         `json:"time_zone,omitempty"`
	Overlap  string         `json:"overlap,omitempty"`
	CatchUp  string         `json:"catch_up,omitempty"`
	JitterMs int64          `json:"jitter_ms,omitempty"`
	After    *afterTemplate `json:"after,omitempty"`
	Inputs   map[string]any `json:"inputs,omitempty"`
	Priority int            `json:"priority,omitempty"`
	Store    map[string]any `json:"store,omitempty"`

	// added are the inputs that the state manager adds.
	added []string
}

type afterTemplate struct {
	Graph string   `json:"graph"`
	On    []string `json:"on,omitempty"`
}

// Cron starts a run at each slot of a cron expression. The slot adds the input `scheduled_time`.
type Cron struct {
	// Name of the schedule, unique in the graph, by which it is paused, resumed and back-filled.
	Name string
	// Cron is minute, hour, day of month, month, day of week, perhaps with the second in front; or an alias such as `@daily`.
	Cron   string
	Inputs map[string]any
	// TimeZone is an IANA name, `UTC` if absent.
	TimeZone string
	// Overlap is the rule for a slot that comes while the run of the slot before goes on: ALLOW (if absent), SKIP or CANCEL_RUNNING.
	Overlap string
	// CatchUp says which slots count of those that came while no state manager ran: NONE, LAST (if absent) or ALL, the newest 100.
	CatchUp string
	// Jitter is the longest time between a slot and the start of its run, up to a day; none if absent.
	Jitter   time.Duration
	Priority int
	// Store has values for the run's store, over the defaults of the graph.
	Store map[string]any
}

func (c Cron) template() triggerTemplate {
	return triggerTemplate{
		Name: c.Name, Cron: c.Cron, TimeZone: c.TimeZone, Overlap: c.Overlap, CatchUp: c.CatchUp,
		JitterMs: c.Jitter.Milliseconds(),
		Inputs:   c.Inputs, Priority: c.Priority, Store: c.Store, added: []string{"scheduled_time"},
	}
}

// After starts a run when one of another graph has ended. The end adds `run_id`, `graph_name` and `status`.
type After struct {
	// Graph is the name of the other graph.
	Graph  string
	Inputs map[string]any
	// On are the ends that count: SUCCESS (if absent), FAILED, CANCELLED.
	On       []string
	Priority int
	// Store has values for the run's store, over the defaults of the graph.
	Store map[string]any
}

func (a After) template() triggerTemplate {
	return triggerTemplate{
		After: &afterTemplate{a.Graph, a.On}, Inputs: a.Inputs, Priority: a.Priority, Store: a.Store,
		added: []string{"run_id", "graph_name", "status"},
	}
}
