#!lua flags=allow-oom
-- claim: leases ready states of some runs to one session.
-- @include marks
--
-- @key  sessions  zset  sessions by deadline (ms)
-- @key  streams   hash  the newest stream of each session
-- @key  leases    hash  token by `run:state`, of this session
-- @key  timeouts  zset  `run:state:token` by the instant that ends the attempt (ms)
-- @key  cancelling  zset  what is to be cancelled in steps, by last step (ms)
-- @keys for each place: run (hash), ready list, work set, parked states (list): by index, from 1
-- @arg  session   id
-- @arg  stream    id
-- @arg  token     lease token of everything that is leased here
-- @arg  capacity  number; the session holds no more than this, and gets no more than 1,000 in one call
-- @args places: run, node, at most, timeout (ms, 0: none), rank, uniting nodes that cancel the node when they close early
-- @returns {'OK', then for each place: left in its ready list, number of states, state, record, …};
--          {'SUPERSEDED'} if the session has a newer stream; {'EXPIRED'} if its deadline has passed

local now = now_ms()
if redis.call('HGET', key.streams, session) ~= stream then return {'SUPERSEDED'} end
local deadline = redis.call('ZSCORE', key.sessions, session)
if not deadline or tonumber(deadline) <= now then return {'EXPIRED'} end

-- A call leases 1,000 states at most: `unpack` of too many fails, and by then they are popped.
local room = math.min(tonumber(capacity) - redis.call('HLEN', key.leases), 1000)
local result = {'OK'}

-- Which of some records stand in a scope that has closed: what is marked is not handed out, but cancelled.
local function find_marked(run, run_id, cancelled_by, records)
  local scope_of, ids, marked = {}, {}, {}
  for i, record in ipairs(records) do
    local scopes = record and string.match(record, '^[^;]*;[^;]*;([^;]*);') or ''
    for unite, execution in string.gmatch(scopes, '(%d+)%.(%d+)%.') do
      if string.find(cancelled_by, ',' .. unite .. ',', 1, true) then
        ids[#ids + 1] = 'u' .. unite .. '.' .. execution
        scope_of[#ids] = i
      end
    end
  end
  if #ids == 0 then return marked end
  for i, packed in ipairs(redis.call('HMGET', run, unpack(ids))) do
    if packed and string.sub(packed, 1, 1) ~= 'O' then
      marked[scope_of[i]] = true
      redis.call('ZADD', key.cancelling, now, run_id .. ':s:' .. string.sub(ids[i], 2))
    end
  end
  return marked
end

-- What stands below a mark is left to be cancelled; what stands below a pause is parked.
local function set_aside(run, run_id, marks_text, pauses_text, parked, indexes, records, marked)
  local marks, pauses = read_marks(marks_text), read_marks(pauses_text)
  if not marks and not pauses then return end
  for i, index in ipairs(indexes) do
    local mark = marks and records[i] and mark_above(run, marks, index, records[i])
    if mark then
      marked[i] = true
      local kind, name = string.match(mark, '^(=?)(.*)$')
      redis.call('ZADD', key.cancelling, now, run_id .. (kind == '' and ':b:' or ':g:') .. name)
    elseif pauses and records[i] and string.sub(records[i], 1, 1) == 'C' and mark_above(run, pauses, index, records[i]) then
      marked[i] = true
      redis.call('RPUSH', parked, index)
    end
  end
end

for place = 1, take_number() do
  local at = fixed_keys + place * 4
  local run, ready, work, parked = KEYS[at - 3], KEYS[at - 2], KEYS[at - 1], KEYS[at]
  local run_id, node, most, timeout, rank, cancelled_by = take(), take(), take_number(), take_number(), take_number(), take()
  local counted_at = #result + 2
  result[counted_at - 1], result[counted_at] = 0, 0
  -- A run that is paused or being ended leaves the work set; resuming puts it back.
  local paused_at, ending, marks_text, pauses_text = unpack(redis.call('HMGET', run, 'paused_at', 'ending', 'marks', 'pauses'))
  local is_held = paused_at or ending
  local wanted, sets, leased = is_held and 0 or math.min(most, room), {}, {}
  -- Ready entries are hints, the record decides; a few rounds make up for those that were late.
  for _ = 1, 3 do
    if wanted <= 0 then break end
    local indexes = redis.call('LPOP', ready, wanted)
    if not indexes then break end
    local records = redis.call('HMGET', run, unpack(indexes))
    local marked = cancelled_by ~= '' and find_marked(run, run_id, cancelled_by, records) or {}
    set_aside(run, run_id, marks_text, pauses_text, parked, indexes, records, marked)
    for i, index in ipairs(indexes) do
      local rest = records[i] and string.match(records[i], '^C[^|]*|[^|]*(|.*)$')
      if rest and not sets[index] and not marked[i] then
        local record = 'Q' .. token .. '|' .. now .. rest
        sets[index] = true
        leased[#leased + 1], leased[#leased + 2] = index, record
        result[#result + 1], result[#result + 2] = index, record
        wanted = wanted - 1
      end
    end
  end
  local number = #leased / 2
  if number > 0 then
    room = room - number
    call_in_chunks('HSET', run, leased)
    local held = {}
    for i = 1, #leased, 2 do
      held[i], held[i + 1] = run_id .. ':' .. leased[i], token
      if timeout > 0 then redis.call('ZADD', key.timeouts, now + timeout, run_id .. ':' .. leased[i] .. ':' .. token) end
    end
    call_in_chunks('HSET', key.leases, held)
    redis.call('HINCRBY', run, 'c' .. node .. '.C', -number)
    redis.call('HINCRBY', run, 'c' .. node .. '.Q', number)
  end
  local left = is_held and 0 or redis.call('LLEN', ready)
  if left == 0 then
    redis.call('ZREM', work, run_id .. ':' .. node)
  elseif number > 0 then
    redis.call('ZADD', work, rank + now, run_id .. ':' .. node)
  end
  result[counted_at - 1], result[counted_at] = left, number
end
return result
