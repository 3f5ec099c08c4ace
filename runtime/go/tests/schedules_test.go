package tests

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	fanout "github.com/fanout/fanout/runtime/go"
)

const planned = `{
	"nodes": [{"node_name": "NobodyHosts", "identifier": "a"}],
	"triggers": [
		{"name": "hourly", "cron": "0 * * * *", "overlap": "SKIP", "catch_up": "NONE", "jitter_ms": 1500},
		{"cron": "0 0 L * *", "time_zone": "Europe/Berlin"}
	]
}`

func schedulesOf(t *testing.T, c *fanout.Client, graphName string) []fanout.Schedule {
	t.Helper()
	var found []fanout.Schedule
	for schedule, err := range c.Schedules(t.Context(), fanout.ScheduleFilter{GraphName: graphName, NextSlots: 2}) {
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, schedule)
	}
	return found
}

func TestSchedulesAreListedPausedResumedAndTriggered(t *testing.T) {
	c := newClient(t, fanout.ClientOptions{})
	upsert(t, c, fanout.NamedTemplate{Name: "planned", Template: json.RawMessage(planned)})
	found := schedulesOf(t, c, "planned")
	if len(found) != 2 {
		t.Fatalf("%d schedules", len(found))
	}
	hourly, monthly := found[0], found[1]
	if hourly.ID != "hourly" || !hourly.IsNamed || hourly.Overlap != "SKIP" || hourly.CatchUp != "NONE" || hourly.Jitter != 1500*time.Millisecond {
		t.Errorf("%+v", hourly)
	}
	if monthly.IsNamed || monthly.Cron != "0 0 L * *" || monthly.TimeZone != "Europe/Berlin" || monthly.Position != 1 {
		t.Errorf("%+v", monthly)
	}
	if len(hourly.NextSlots) != 2 || hourly.NextSlots[1].SlotAt.Sub(hourly.NextSlots[0].SlotAt) != time.Hour {
		t.Errorf("next slots %+v", hourly.NextSlots)
	}
	for _, expected := range []bool{true, false} {
		if changed, err := c.PauseSchedule(t.Context(), "planned", monthly.ID); err != nil || changed != expected {
			t.Errorf("a pause gives %v, %v", changed, err)
		}
	}
	if schedulesOf(t, c, "planned")[1].PausedAt.IsZero() {
		t.Error("it is not paused")
	}
	if changed, err := c.ResumeSchedule(t.Context(), "planned", monthly.ID); err != nil || !changed {
		t.Errorf("a resume gives %v, %v", changed, err)
	}
	first, err := c.TriggerSchedule(t.Context(), "planned", "hourly", "once")
	if err != nil || !first.IsCreated {
		t.Fatalf("%+v, %v", first, err)
	}
	if again, err := c.TriggerSchedule(t.Context(), "planned", "hourly", "once"); err != nil || again.IsCreated || again.ID != first.ID {
		t.Errorf("%+v, %v", again, err)
	}
	if _, err := c.PauseSchedule(t.Context(), "planned", ""); !errors.Is(err, fanout.ScheduleNotFound) {
		t.Errorf("without an id it gives %v", err)
	}
}

func TestASpanIsBackfilled(t *testing.T) {
	c := newClient(t, fanout.ClientOptions{})
	upsert(t, c, fanout.NamedTemplate{Name: "filled", Template: json.RawMessage(planned)})
	to := time.Now().Truncate(time.Hour)
	from := to.Add(-3 * time.Hour)
	if _, err := c.PauseSchedule(t.Context(), "filled", "hourly"); err != nil {
		t.Fatal(err)
	}
	begun, err := c.BackfillSchedule(t.Context(), "filled", "hourly", from, to)
	if err != nil || !begun.FromAt.Equal(from) || !begun.ToAt.Equal(to) || begun.Slots != 3 || begun.DoneSlots != 0 {
		t.Fatalf("%+v, %v", begun, err)
	}
	if _, err := c.BackfillSchedule(t.Context(), "filled", "hourly", from.Add(time.Hour), to); !errors.Is(err, fanout.BackfillUnderWay) {
		t.Errorf("a second one gives %v", err)
	}
	if held := schedulesOf(t, c, "filled")[0].Backfill; held == nil || *held != begun {
		t.Errorf("the list has %+v", held)
	}
	for _, expected := range []bool{true, false} {
		if changed, err := c.StopBackfill(t.Context(), "filled", "hourly"); err != nil || changed != expected {
			t.Errorf("a stop gives %v, %v", changed, err)
		}
	}
}

func TestAnExpressionIsPreviewed(t *testing.T) {
	c := newClient(t, fanout.ClientOptions{})
	options := fanout.PreviewOptions{FromAt: time.Date(2026, 3, 28, 12, 0, 0, 0, time.UTC), Count: 2}
	found, err := c.PreviewSchedule(t.Context(), "@daily", options)
	if err != nil || len(found.Violations) != 0 || len(found.Slots) != 2 || found.Slots[1].Day() != 30 || found.Cron != "0 0 * * *" {
		t.Errorf("%+v, %v", found, err)
	}
	wrong, err := c.PreviewSchedule(t.Context(), "0 25 * * *", fanout.PreviewOptions{TimeZone: "Mars/Base"})
	if err != nil || len(wrong.Violations) != 2 {
		t.Errorf("%+v, %v", wrong, err)
	}
}
