#!lua flags=allow-oom
-- expand: creates the next children of a committed fan-out, from where the last step ended. Children that a
-- route leaves out give back their tokens instead. So do those that a scope over this fan-out has fired without: it
-- never asks for them again. Where another scope has closed they are created CANCELLED, since it may take them back.
-- @include step
-- @include count_unites
-- @include marks
--
-- @key  expanding  zset  `run:state` of fan-outs whose children do not all exist, by last step (ms)
-- @key  routes     hash  by output which next nodes it goes to, as 1 and 0; absent: all
-- @arg  state         number of the state that fanned out
-- @arg  node          number of its node template
-- @arg  max_children  to create
-- @arg  cut           `cancel`: children are created CANCELLED; `drop`: none is; empty: they are ready
-- @arg  only_below    what has to stand, as marks.lua has it: a mark, or `*`; or empty
-- @arg  failure       of children that are created CANCELLED: opaque
-- @args queues, children (node, place in next_nodes, standing, guards, scopes: each with its branch, whether a failure
--       counts in it, and the guards that it lies within), edges (place, scope, branch), explicit scopes, branches that
--       the state keeps open (scope, branch)
-- @returns {'MORE' or 'DONE', outputs expanded, states in the longest ready list, to cancel 0|1}; {'GONE'} if there is
--          nothing to expand

local now = now_ms()
local values = redis.call('HMGET', key.run, state, expanded_field(state), unpack(step_fields))
local record = unpack_record(values[1])
if not record or record.status ~= STATE.EXECUTED then
  redis.call('ZREM', key.expanding, run_id .. ':' .. state)
  return {'GONE'}
end
local total, first, flag = unpack_fan_out(record.tail)
begin_step()
read_run({unpack(values, 3, 2 + #step_fields)})
local from, children, guards = tonumber(values[2]), {}, {}
for i = 1, take_number() do
  local child = {
    node = take(), position = take_number(), standing = take(), guards = take(), scopes = {},
    created = 0, cancelled = 0,
  }
  for j = 1, take_number() do
    child.scopes[j] = {id = take(), branch = take(), fails = take() == '1', within = take()}
  end
  for scope in string.gmatch(child.guards, '[^,]+') do guards[#guards + 1] = scope end
  children[i] = child
end
local edges, explicit, kept_open = {}, {}, {}
for i = 1, take_number() do edges[i] = {position = take_number(), id = take(), branch = take()} end
for i = 1, take_number() do explicit[i] = take() end
for i = 1, take_number() do kept_open[i] = {id = take(), branch = take()} end

if not stands(key.run, only_below, step.marks_text, step.ending) then return {'GONE'} end
-- Below a mark only the canceller goes on.
if cut == '' then
  local marks = read_marks(step.marks_text)
  local mark = marks and (marks[record.work] and record.work or mark_above(key.run, marks, values[1]))
  if mark then redis.call('ZADD', key.cancelling, 'NX', 0, mark_job(run_id, mark)) end
  if step.ending or mark then return {'GONE'} end
end

-- A scope that has closed needs no more children.
local is_closed = closed_scopes(guards)
local is_all_dead = cut == 'drop'
for _, child in ipairs(children) do
  child.is_dead, child.is_cancelled = is_all_dead, cut == 'cancel'
  for guard in string.gmatch(child.guards, '[^,]+') do
    child.is_dead = child.is_dead or is_closed[guard]
    local is_over_this = is_closed[guard] == SCOPE.FIRED and execution_of(guard) == state
    if cut == '' and is_closed[guard] and not is_over_this then child.is_cancelled = true end
  end
end

-- A scope in one that has closed is cancelled with what it waits for.
local function let_die(scope)
  for guard in string.gmatch(scope.within, '[^,]+') do
    if is_closed[guard] then scope_at(scope.id).cause = 'dies' end
  end
end

local width = #children
local to = math.min(tonumber(total), from + math.max(1, math.floor(max_children / math.max(width, 1))))
local chosen_by = {}
if flag == '2' then
  local outputs = {}
  for output = from, to - 1 do outputs[#outputs + 1] = output end
  local routes = redis.call('HMGET', key.routes, unpack(outputs))
  for i, output in ipairs(outputs) do chosen_by[output] = routes[i] end
end
local skipped, cancelled = 0, 0
for output = from, to - 1 do
  local chosen = chosen_by[output]
  local function goes_to(position) return not chosen or string.byte(chosen, position + 1) == 49 end
  for j, child in ipairs(children) do
    local is_chosen = goes_to(child.position)
    local number = first + output * width + j - 1
    if is_chosen and child.is_cancelled then
      -- What a user cancels is a failure, and what nobody needs counts nowhere.
      local is_failure, is_counted = cut == 'cancel', cut == ''
      local tail = is_failure and '' or TAIL.UNCOUNTED
      set(number, new_record(STATE.CANCELLED, now, number, output, child.standing) .. tail)
      fail_text(number, STATE.CANCELLED, failure)
      child.cancelled, cancelled = child.cancelled + 1, cancelled + 1
      for _, scope in ipairs(child.scopes) do
        local branch = scope.branch == '*' and tostring(output) or scope.branch
        let_die(scope)
        give(scope.id, branch, -1, false, is_failure and scope.fails)
        if is_failure and scope.fails then
          is_counted = true
          fail_branch(scope.id, branch, number)
        end
      end
      if not is_counted then step.failed = step.failed + 1 end
    elseif is_chosen and not child.is_dead then
      create(now, child.node, number, output, child.standing)
      child.created = child.created + 1
    else
      skipped = skipped + 1
      for _, scope in ipairs(child.scopes) do
        give(scope.id, scope.branch == '*' and tostring(output) or scope.branch, -1)
      end
    end
  end
  if (flag == '2' or #explicit > 0) and cut == '' then
    for _, edge in ipairs(edges) do
      if goes_to(edge.position) then give(edge.id, edge.branch == '*' and tostring(output) or edge.branch, 0, true) end
    end
  end
  -- The token that kept the branch open until its output was expanded.
  for _, id in ipairs(explicit) do give(id, tostring(output), -1) end
end
local is_done = to == tonumber(total)
-- All routes were followed: what they deliver is known.
if is_done then
  for _, scope in ipairs(kept_open) do give(scope.id, scope.branch, -1) end
end
local expanded = to - from
step.unfinished = step.unfinished - skipped - cancelled
step.states = step.states + expanded * width - skipped
step.promised = step.promised - expanded * width
count(node, STATE.EXECUTED, -expanded)
count(node, STATE.SUCCESS, expanded)
for _, child in ipairs(children) do
  count(child.node, STATE.CREATED, child.created)
  count(child.node, STATE.CANCELLED, child.cancelled)
end
-- Marks below an output may have waited for its children, and those below the work for its end.
for _, mark in ipairs(marks_below(step.marks_text, record.work)) do
  local sibling = tonumber(string.match(mark, '%.(%d+)$'))
  if is_done or sibling and sibling >= from and sibling < to then look_at(mark_job(run_id, mark)) end
end
local wrong = settle_scopes(now)
if wrong then return redis.error_reply(wrong) end

if is_done then
  record.status = STATE.SUCCESS
  set(state, pack_record(record))
  step.dels[#step.dels + 1] = expanded_field(state)
  redis.call('ZREM', key.expanding, run_id .. ':' .. state)
else
  set(expanded_field(state), to)
  redis.call('ZADD', key.expanding, now, run_id .. ':' .. state)
end
write_step(now)
usage.write()
local max_ready = 0
for _, child in ipairs(children) do
  max_ready = math.max(max_ready, redis.call('LLEN', step.queues[child.node].ready))
end
return {is_done and 'DONE' or 'MORE', to, max_ready, has_jobs() and 1 or 0}
