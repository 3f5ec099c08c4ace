-- What becomes of a state by a report on it, in the tables of step.lua.
-- @include step
-- @include count_unites
-- @include emits
-- @include executions

local function expand_at_once(now_text, report, width)
  local created = {}
  for output = 0, report.total - 1 do
    for j, child in ipairs(report.children) do
      if report.chosen == '' or string.byte(report.chosen, output * report.next_nodes + child.position + 1) == 49 then
        create(now_text, child.node, integer_text(step.seq + output * width + j), output, child.standing)
        created[j] = (created[j] or 0) + 1
      end
    end
  end
  local sum = 0
  for j, number in pairs(created) do
    count(report.children[j].node, STATE.CREATED, number)
    sum = sum + number
  end
  return sum
end

local function succeed(now_text, report)
  local width = #report.children
  local status, tail = STATE.SUCCESS, pack_fan_out(report.total, step.seq + 1, report.flag)
  step.states = step.states + math.max(report.total - 1, 0)
  if report.is_expanded then
    local created = expand_at_once(now_text, report, width)
    step.unfinished = step.unfinished - 1 + created
    step.states = step.states + created
  else
    status = STATE.EXECUTED
    step.unfinished = step.unfinished - 1 + report.total * width
    step.promised = step.promised + report.total * width
    set(expanded_field(report.state), '0')
  end
  count(report.node, status, math.max(report.total, 1))
  step.seq = step.seq + report.total * width
  end_execution(now_text, report, status, tail)
  tally(report.node, TALLY.OUTPUTS, report.total)
end

local function fail_or_cancel(now_text, report)
  local status = report.kind == 'fail' and STATE.ERRORED or STATE.CANCELLED
  step.unfinished = step.unfinished - 1
  count(report.node, status, 1)
  -- What was cancelled because nothing needs it counts nowhere, so that nothing has to be taken back later.
  local counts_somewhere = report.kind == 'fail' or report.is_uncounted or #report.members + #report.seals > 0
  local tail = counts_somewhere and '' or TAIL.UNCOUNTED
  end_execution(now_text, report, status, tail)
  fail_text(report.state, status, report.failure)
  for _, member in ipairs(report.members) do step.failure_members[#step.failure_members + 1] = member end
  if report.is_uncounted then step.failed = step.failed + 1 end
  seal_unsuccessful(report)
end

local function replace(now_text, report)
  step.seq, step.states = step.seq + 1, step.states + 1
  report.replacement = step.seq
  count(report.node, STATE.RETRY_CREATED, 1)
  count(report.node, STATE.CREATED, 1)
  tally(report.node, TALLY.RETRIES, 1)
  end_execution(now_text, report, STATE.RETRY_CREATED, step.seq)
  set(integer_text(step.seq), join_record(STATE.CREATED, '', now_text, with_attempts(report.kept, report.attempts), ''))
  fail_text(report.state, STATE.RETRY_CREATED, report.failure)
  if report.delay == 0 then push(report.node, step.seq) end
end

local function prune(now_text, report)
  step.unfinished = step.unfinished - 1
  count(report.node, STATE.PRUNED, 1)
  end_execution(now_text, report, STATE.PRUNED, '')
  seal_unsuccessful(report)
end

-- The same state again. It keeps its token until it is handed out.
local function give_back(now_text, report, token, is_ready)
  count(report.node, STATE.CREATED, 1)
  local kept = report.attempts and with_attempts(report.kept, report.attempts) or report.kept
  set(report.state, join_record(STATE.CREATED, token, now_text, kept, ''))
  report.is_suspect = is_suspect(kept)
  if is_ready and not report.is_suspect then push(report.node, report.state) end
end
