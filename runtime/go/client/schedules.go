package client

import (
	"context"
	"iter"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/fanout/fanout/runtime/go/fanoutv1"
)

// Schedules gives the schedules of the namespace, by graph: the cron triggers of the newest version of each.
func (c *Client) Schedules(ctx context.Context, filter ScheduleFilter) iter.Seq2[Schedule, error] {
	return list(func(size int32, token string) ([]*fanoutv1.Schedule, string, error) {
		request := &fanoutv1.ListSchedulesRequest{
			Namespace: c.services.namespace, GraphName: filter.GraphName, NextSlots: int32(filter.NextSlots),
			PageSize: size, PageToken: token,
		}
		page, err := callUnary(ctx, c.services, fanoutv1.NewScheduleServiceClient, fanoutv1.ScheduleServiceClient.ListSchedules, request)
		return page.GetSchedules(), page.GetNextPageToken(), err
	}, readSchedule)
}

// PauseSchedule holds a schedule and its back-fill: no slot that comes from now on starts a run. It gives false if it was held
// before. The id is the trigger's name, or what Schedules gives; empty, here and in the other methods: the only one of the graph.
// The error is ScheduleNotFound if there is none.
func (c *Client) PauseSchedule(ctx context.Context, graphName, id string) (bool, error) {
	request := &fanoutv1.PauseScheduleRequest{Namespace: c.services.namespace, GraphName: graphName, ScheduleId: id}
	answer, err := callUnary(ctx, c.services, fanoutv1.NewScheduleServiceClient, fanoutv1.ScheduleServiceClient.PauseSchedule, request)
	return answer.GetChanged(), err
}

// ResumeSchedule lets it go on: slots that came meanwhile follow its catch-up policy. It gives false if it was not held.
func (c *Client) ResumeSchedule(ctx context.Context, graphName, id string) (bool, error) {
	request := &fanoutv1.ResumeScheduleRequest{Namespace: c.services.namespace, GraphName: graphName, ScheduleId: id}
	answer, err := callUnary(ctx, c.services, fanoutv1.NewScheduleServiceClient, fanoutv1.ScheduleServiceClient.ResumeSchedule, request)
	return answer.GetChanged(), err
}

// TriggerSchedule starts a run now, as a slot would, whether or not it is paused and whatever goes on. The same key is the same
// run, for as long as that is kept; with an empty one each call starts one.
func (c *Client) TriggerSchedule(ctx context.Context, graphName, id, key string) (TriggeredRun, error) {
	request := &fanoutv1.TriggerScheduleRequest{
		Namespace: c.services.namespace, GraphName: graphName, ScheduleId: id, IdempotencyKey: key,
	}
	answer, err := callUnary(ctx, c.services, fanoutv1.NewScheduleServiceClient, fanoutv1.ScheduleServiceClient.TriggerSchedule, request)
	return TriggeredRun{answer.GetRunId(), answer.GetCreated()}, err
}

// BackfillSchedule has the slots from an instant, included, to another one, not included, start their runs, one after the
// other; one whose run is kept gets no other. It gives the back-fill as it begins: Schedules tells how far it is. The error is
// BackfillUnderWay if it has another one.
func (c *Client) BackfillSchedule(ctx context.Context, graphName, id string, from, to time.Time) (Backfill, error) {
	request := &fanoutv1.BackfillScheduleRequest{
		Namespace: c.services.namespace, GraphName: graphName, ScheduleId: id,
		FromTime: timestamppb.New(from), ToTime: timestamppb.New(to),
	}
	answer, err := callUnary(ctx, c.services, fanoutv1.NewScheduleServiceClient, fanoutv1.ScheduleServiceClient.BackfillSchedule, request)
	if err != nil {
		return Backfill{}, err
	}
	return *readBackfill(answer.GetBackfill()), nil
}

// StopBackfill ends a back-fill; runs that it has started go on. It gives false if there was none.
func (c *Client) StopBackfill(ctx context.Context, graphName, id string) (bool, error) {
	request := &fanoutv1.StopBackfillRequest{Namespace: c.services.namespace, GraphName: graphName, ScheduleId: id}
	answer, err := callUnary(ctx, c.services, fanoutv1.NewScheduleServiceClient, fanoutv1.ScheduleServiceClient.StopBackfill, request)
	return answer.GetChanged(), err
}

// PreviewSchedule tells the slots of an expression, or what is wrong with it. It stores nothing.
func (c *Client) PreviewSchedule(ctx context.Context, cron string, options PreviewOptions) (SchedulePreview, error) {
	request := &fanoutv1.PreviewScheduleRequest{
		Namespace: c.services.namespace, Cron: cron, TimeZone: options.TimeZone, Count: int32(options.Count),
	}
	if !options.FromAt.IsZero() {
		request.FromTime = timestamppb.New(options.FromAt)
	}
	answer, err := callUnary(ctx, c.services, fanoutv1.NewScheduleServiceClient, fanoutv1.ScheduleServiceClient.PreviewSchedule, request)
	return SchedulePreview{
		Violations: each(answer.GetViolations(), readViolation),
		Slots:      each(answer.GetSlots(), instantOf),
		Cron:       answer.GetCron(),
	}, err
}

func readSchedule(schedule *fanoutv1.Schedule) Schedule {
	return Schedule{
		Namespace:    schedule.Namespace,
		GraphName:    schedule.GraphName,
		GraphVersion: schedule.GraphVersion,
		ID:           schedule.ScheduleId,
		IsNamed:      schedule.IsNamed,
		Position:     int(schedule.Position),
		Cron:         schedule.Cron,
		TimeZone:     schedule.TimeZone,
		Overlap:      strings.TrimPrefix(schedule.Overlap.String(), "SCHEDULE_OVERLAP_"),
		CatchUp:      strings.TrimPrefix(schedule.CatchUp.String(), "SCHEDULE_CATCH_UP_"),
		Jitter:       schedule.Jitter.AsDuration(),
		PausedAt:     instantOf(schedule.PauseTime),
		LastSlot:     readLastSlot(schedule.LastSlot),
		NextSlots: each(schedule.NextSlots, func(slot *fanoutv1.NextSlot) NextSlot {
			return NextSlot{instantOf(slot.SlotTime), instantOf(slot.StartTime)}
		}),
		Backfill: readBackfill(schedule.Backfill),
	}
}

// readLastSlot is nil if there is none.
func readLastSlot(slot *fanoutv1.LastSlot) *LastSlot {
	if slot == nil {
		return nil
	}
	outcome := SlotOutcome(strings.TrimPrefix(slot.Outcome.String(), "SLOT_OUTCOME_"))
	return &LastSlot{instantOf(slot.SlotTime), outcome, slot.RunId, slot.CaughtUp}
}

// readBackfill is nil if there is none.
func readBackfill(backfill *fanoutv1.Backfill) *Backfill {
	if backfill == nil {
		return nil
	}
	return &Backfill{
		instantOf(backfill.FromTime), instantOf(backfill.ToTime), int(backfill.Slots), int(backfill.DoneSlots),
	}
}
