-- The end of an execution: the record of its state, and what is tallied of it.
-- @include step
-- @include slowest

-- Ends the state of a report in a status. What is cancelled before anybody had executed it is no execution.
local function end_execution(now_text, report, status, tail)
  local kept = report.kept
  local is_late = report.status == STATE.CREATED and report.kind ~= 'cancel'
  if is_late then kept = kept_executing(kept) end
  local record, waited, ran = join_record(status, report.token, now_text, kept, tail)
  set(report.state, record)
  if not ran then return end
  tally(report.node, waited_bucket(waited), 1)
  tally(report.node, ran_bucket(ran), 1)
  if ran >= SLOW_MS then note_slow(report.node, report.state, ran) end
end
