#!lua flags=allow-oom
-- supersede: takes states that have ended, and that a retry by hand has superseded, out of the counts of their
-- statuses, and takes back what their failures meant to the scopes around, and to the run.
-- @include fields
-- @include lists
-- @include record
-- @include scope_record
--
-- @key  run            hash  the run
-- @key  failures       zset  counted failures by `scope:branch:state`, all with score 0
-- @key  failed_states  zset  states that are ERRORED or RETRY_CREATED, by status and number
-- @args states: number, how many, 1 to 250, then for each: state, the run counts its failure 0|1, how many scopes count
--       it that are not superseded with it, then scope and branch of each
-- @returns how many were superseded: a state is once, and only one that has ended

local states, fields = {}, {}
for i = 1, take_number() do
  local one = {state = take(), is_counted_by_run = take() == '1', scopes = {}}
  for j = 1, take_number() do one.scopes[j] = {id = take(), branch = take()} end
  -- Outputs of an open fan-out are states beside the one that has emitted them.
  states[i], fields[2 * i - 1], fields[2 * i] = one, one.state, accepted_field(one.state)
end
local values = redis.call('HMGET', key.run, unpack(fields))

-- A branch in which nothing else has failed is not failing any more.
local function take_back(state, scope)
  if redis.call('ZREM', key.failures, failure_member(scope.id, scope.branch, state)) == 0 then return end
  local field, prefix = branch_field(scope.id, scope.branch), failure_prefix(scope.id, scope.branch)
  local stored = redis.call('HGET', key.run, field)
  local others = redis.call('ZRANGEBYLEX', key.failures, '[' .. prefix, '(' .. prefix .. ';', 'LIMIT', 0, 1)
  if not stored or #others > 0 then return end
  local tokens, flags, generation = unpack_branch(nil, stored)
  -- How a branch has ended stays, unless it was left out and may come back.
  if flags % 4 >= 2 and (tokens > 0 or flags >= 4) then
    redis.call('HSET', key.run, field, pack_branch(tokens, flags - 2, generation))
  end
end

local deltas = {}
local function add(field, delta) deltas[field] = (deltas[field] or 0) + delta end
local function move_count(node, status, number)
  add(count_field(node, status), -number)
  add(superseded_field(node), number)
end

local taken, records, scores = 0, {}, {}
for i, one in ipairs(states) do
  local text, emitted = values[2 * i - 1] or '', tonumber(values[2 * i] or 0)
  local record = superseded_record(text) and unpack_record(text)
  if record then
    taken = taken + 1
    local is_counted = one.is_counted_by_run or #one.scopes > 0
    local uncounted = is_counted and uncounted_record(text)
    if uncounted then
      for _, scope in ipairs(one.scopes) do take_back(one.state, scope) end
      if one.is_counted_by_run then add('failed', -1) end
    end
    records[#records + 1], records[#records + 2] = one.state, superseded_record(uncounted or text)
    local node, total = standing_of(text), unpack_fan_out(record.tail)
    move_count(node, record.status, math.max(tonumber(total or 1), 1))
    move_count(node, STATE.SUCCESS, emitted)
    local score = failed_score(SUPERSEDED_SCORES, record.status, one.state)
    if score then scores[#scores + 1], scores[#scores + 2] = score, one.state end
  end
end
call_in_chunks('HSET', key.run, records)
call_in_chunks('ZADD', key.failed_states, scores)
for field, delta in pairs(deltas) do
  if delta ~= 0 then redis.call('HINCRBY', key.run, field, delta) end
end
return taken
