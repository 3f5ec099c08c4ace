#!lua flags=allow-oom
-- expand: creates the next children of a committed fan-out, from where the last step ended. Children that a
-- route leaves out, or that a closed scope does not need any more, give back their tokens instead.
-- @include step
-- @include scopes
-- @include marks
--
-- @key  run         hash  the run
-- @key  outputs     hash  gets the failures of scopes that give up, as `e` and state
-- @key  failures    zset  counted failures by `scope:branch:state`, all with score 0
-- @key  windows     zset  branches of windows by `scope:window:branch`, all with score 0
-- @key  timers      zset  `run:scope` by the instant that decides it (ms)
-- @key  expanding   zset  `run:state` of fan-outs whose children do not all exist, by last step (ms)
-- @key  cancelling  zset  what is to be cancelled in steps, by last step (ms)
-- @key  deadlines   zset  runs by the instant that ends them (ms)
-- @key  retiring    zset  runs by the instant that removes them (ms)
-- @key  routes      hash  by output which next nodes it goes to, as 1 and 0; absent: all
-- @key  ends        zset  ends that may start runs, by end (ms)
-- @keys pairs of ready list and work set: by index, from 1
-- @arg  run_id        id
-- @arg  state         number of the state that fanned out
-- @arg  node          number of its node template
-- @arg  most          children to create at most
-- @arg  cut           `cancel`: children are created CANCELLED; `drop`: none is; empty: they are ready
-- @arg  only_below    what has to stand, as marks.lua has it: a mark, or `*`; or empty
-- @arg  failure       of children that are created CANCELLED: opaque
-- @arg  rank          number; with ms it orders the work set, priority first
-- @arg  wake_channel  where new work is announced
-- @arg  end_channel   where the run's end is announced
-- @arg  retention_ms  ms from the run's end until it is removed
-- @args queues, children (node, place in next_nodes, body, guards, scopes), edges (place, scope, branch), explicit scopes
-- @returns {'MORE' or 'DONE', outputs expanded, longest ready list, to cancel 0|1}; {'GONE'} if there is nothing to expand

local now = now_ms()
local values = redis.call('HMGET', key.run, state, 'x' .. state, unpack(step_fields))
local head, total, first, flag = string.match(values[1] or '', '^E(.*|)(%d+),(%d+),(%d)$')
if not head then
  redis.call('ZREM', key.expanding, run_id .. ':' .. state)
  return {'GONE'}
end
begin_step({unpack(values, 3, 2 + #step_fields)})
take_queues()
local from, children, guards = tonumber(values[2]), {}, {}
for i = 1, take_number() do
  local child = {node = take(), position = take_number(), body = take(), guards = take(), scopes = {}, created = 0}
  for j = 1, take_number() do child.scopes[j] = {id = take(), branch = take(), fails = take() == '1'} end
  for scope in string.gmatch(child.guards, '[^,]+') do guards[#guards + 1] = scope end
  children[i] = child
end
local edges, explicit = {}, {}
for i = 1, take_number() do edges[i] = {position = take_number(), id = take(), branch = take()} end
for i = 1, take_number() do explicit[i] = take() end

if not stands(key.run, marks_text, only_below) then return {'GONE'} end
-- Below a mark only the canceller goes on.
if cut == '' then
  local marks = read_marks(marks_text)
  if ending or marks and (marks[state] or mark_above(key.run, marks, values[1])) then return {'GONE'} end
end

-- Which children nobody needs any more.
local is_closed = {}
for i, id in ipairs(guards) do guards[i] = 'u' .. id end
if #guards > 0 then
  for i, packed in ipairs(redis.call('HMGET', key.run, unpack(guards))) do
    is_closed[string.sub(guards[i], 2)] = packed and string.sub(packed, 1, 1) ~= 'O'
  end
end
local is_all_dead = cut == 'drop'
for _, child in ipairs(children) do
  child.is_dead = is_all_dead
  for scope in string.gmatch(child.guards, '[^,]+') do child.is_dead = child.is_dead or is_closed[scope] end
end

local width = #children
local to = math.min(tonumber(total), from + math.max(1, math.floor(tonumber(most) / math.max(width, 1))))
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
    local index = first + output * width + j - 1
    if is_chosen and cut == 'cancel' then
      set(index, 'X|' .. now .. '|1.0.0|' .. index .. '|' .. output .. '|' .. child.body .. '|')
      fail_text(index, failure)
      child.cancelled, cancelled = (child.cancelled or 0) + 1, cancelled + 1
      local is_counted = false
      for _, scope in ipairs(child.scopes) do
        local branch = scope.branch == '*' and tostring(output) or scope.branch
        give(scope.id, branch, -1, false, scope.fails)
        if scope.fails then
          is_counted = true
          failure_members[#failure_members + 1] = scope.id .. ':' .. string.format('%010d', branch) .. ':' .. index
        end
      end
      if not is_counted then failed = failed + 1 end
    elseif is_chosen and not child.is_dead then
      create(now, child.node, index, output, child.body)
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
local expanded = to - from
unfinished = unfinished - skipped - cancelled
states = states + expanded * width - skipped
promised = promised - expanded * width
count(node, 'E', -expanded)
count(node, 'S', expanded)
for _, child in ipairs(children) do
  count(child.node, 'C', child.created)
  count(child.node, 'X', child.cancelled or 0)
end
local wrong = settle_scopes(now, run_id)
if wrong then return wrong end

local is_done = to == tonumber(total)
if is_done then
  set(state, 'S' .. head .. total .. ',' .. first .. ',' .. flag)
  dels[#dels + 1] = 'x' .. state
  redis.call('ZREM', key.expanding, run_id .. ':' .. state)
else
  set('x' .. state, to)
  redis.call('ZADD', key.expanding, now, run_id .. ':' .. state)
end
write_step(now, run_id, rank, wake_channel, end_channel)
local longest = 0
for _, child in ipairs(children) do longest = math.max(longest, redis.call('LLEN', queues[child.node].ready)) end
return {is_done and 'DONE' or 'MORE', to, longest, #cancellations > 0 and 1 or 0}
