#!lua flags=allow-oom
-- claim: leases ready states of some runs to one session, run by run and place by place as they are given; or suspects,
-- which are named one by one.
-- @include fields
-- @include max_parallel
-- @include marks
--
-- @key  sessions    zset  sessions by deadline (ms)
-- @key  streams     hash  the newest stream of each session
-- @key  leases      hash  token by `run:state`, of this session
-- @key  timeouts    zset  `run:state:token` by the instant that ends the attempt (ms)
-- @key  cancelling  zset  what is to be cancelled in steps, by last step (ms)
-- @key  suspects    zset  `run:state:node` of suspects that wait, by when to try next (ms)
-- @keys for each run: its hash, then for each of its places: ready list, work set, parked states (list)
-- @arg  session   id
-- @arg  stream    id
-- @arg  token     lease token of everything that is leased here
-- @arg  capacity  number; the session holds no more than this
-- @arg  at_most   number of states to lease; no more than 1,000 are in one call
-- @args rooms: number of them, how much more the session takes of each node that has a capacity of its own;
--       runs: number of them, then for each: run, rank, number of runs from here on that have an equal part in
--       what is left, number of places, then for each place: node, at most, index of its room (0: none),
--       timeout (ms, 0: none), max_parallel (0: any number), uniting nodes that cancel the node when they close
--       early, number of suspects (0: what is ready is claimed), and the states that they are
-- @returns {'OK', late entries that were passed over, then for each place: what could be claimed of its ready list
--          now, number of states, state,
--          record, …}; {'SUPERSEDED'} if the session has a newer stream; {'EXPIRED'} if its deadline has passed

local now = now_ms()
if redis.call('HGET', key.streams, session) ~= stream then return {'SUPERSEDED'} end
local deadline = redis.call('ZSCORE', key.sessions, session)
if not deadline or tonumber(deadline) <= now then return {'EXPIRED'} end

local next_key = fixed_keys
local function more_key() next_key = next_key + 1; return KEYS[next_key] end

-- A score of 0 asks for another look, also while one is under way: what was found may have come behind it.
local asked_for = {}
local function ask_for(job)
  if asked_for[job] then return end
  asked_for[job] = true
  redis.call('ZADD', key.cancelling, 0, job)
end

-- False: the state is marked, and is left to be cancelled, or paused, and is parked.
local closed = {}
local function is_free(run, run_id, cancelled_by, marks, pauses, parked, index, record)
  if cancelled_by ~= '' then
    local _, _, scopes = standing_of(record)
    for unite, execution in string.gmatch(scopes or '', '(%d+)%.(%d+)%.') do
      if string.find(cancelled_by, ',' .. unite .. ',', 1, true) then
        local id = unite .. '.' .. execution
        local known = job_member(run_id, 's', id)
        if closed[known] == nil then closed[known] = has_closed(redis.call('HGET', run, scope_field(id))) end
        if closed[known] then
          ask_for(known)
          return false
        end
      end
    end
  end
  local mark = marks and mark_above(run, marks, record)
  if mark then
    ask_for(mark_job(run_id, mark))
    return false
  end
  if pauses and mark_above(run, pauses, record) then
    redis.call('RPUSH', parked, index)
    return false
  end
  return true
end

-- A suspect that cannot be leased now, because its run is held or has no slot, is tried again after this long, in ms.
local later = 1000

-- A call leases 1,000 states at most: `unpack` of too many fails, and by then they are popped.
local room = math.min(tonumber(capacity) - redis.call('HLEN', key.leases), tonumber(at_most), 1000)
local rooms = {}
for i = 1, take_number() do rooms[i] = take_number() end
local result, passed = {'OK', 0}, 0
for _ = 1, take_number() do
  local run, run_id, rank, parts = more_key(), take(), take_number(), take_number()
  -- A run that is paused or being ended leaves the work set; resuming puts it back.
  local paused_at, ending, marks_text, pauses_text =
    unpack(redis.call('HMGET', run, 'paused_at', 'ending', 'marks', 'pauses'))
  local is_held, marks, pauses = paused_at or ending, read_marks(marks_text), read_marks(pauses_text)
  local quota = is_held and 0 or math.ceil(room / parts)
  for _ = 1, take_number() do
    local ready, work, parked = more_key(), more_key(), more_key()
    local node, at_most_here, limited, timeout = take(), take_number(), take_number(), take_number()
    local max_parallel, cancelled_by, suspects, waiting = take_number(), take(), {}, {}
    for i = 1, take_number() do suspects[i] = take() end
    local lease = #suspects > 0 and leased_suspect or leased_record
    local counted_at = #result + 2
    result[counted_at - 1], result[counted_at] = 0, 0
    local slots = free_slots(run, node, max_parallel)
    local wanted, is_seen, leased = math.min(at_most_here, quota, rooms[limited] or quota, slots), {}, {}
    -- Ready entries are hints, the record decides. After the first look it passes over many that are late: a
    -- unite that closed early may have left any number of them.
    for round = 1, #suspects > 0 and 1 or 3 do
      if wanted <= 0 then break end
      local indexes = #suspects > 0 and suspects
        or round == 1 and redis.call('LPOP', ready, wanted) or redis.call('LRANGE', ready, 0, 249)
      if not indexes or #indexes == 0 then break end
      local records, seen = redis.call('HMGET', run, unpack(indexes)), 0
      for i, index in ipairs(indexes) do
        if wanted == 0 then break end
        seen = i
        local record = records[i] and lease(records[i], token, now)
        if record and not is_seen[index] then
          is_seen[index] = true
          if is_free(run, run_id, cancelled_by, marks, pauses, parked, index, records[i]) then
            leased[#leased + 1], leased[#leased + 2] = index, record
            result[#result + 1], result[#result + 2] = index, record
            wanted = wanted - 1
          else
            passed = passed + 1
          end
        else
          passed = passed + 1
          -- What a pause or a due time has held is ready again, and was a suspect before.
          if records[i] and leased_suspect(records[i], token, now) then waiting[#waiting + 1] = index end
        end
      end
      for j = 1, #suspects > 0 and seen or 0 do
        redis.call('ZREM', key.suspects, run_id .. ':' .. suspects[j] .. ':' .. node)
      end
      if round > 1 then redis.call('LTRIM', ready, seen, -1) end
    end
    local number = #leased / 2
    if number > 0 then
      room, quota, slots = room - number, quota - number, slots - number
      if limited > 0 then rooms[limited] = rooms[limited] - number end
      call_in_chunks('HSET', run, leased)
      local held = {}
      for i = 1, #leased, 2 do
        held[i], held[i + 1] = run_id .. ':' .. leased[i], token
        if timeout > 0 then redis.call('ZADD', key.timeouts, now + timeout, held[i] .. ':' .. token) end
      end
      call_in_chunks('HSET', key.leases, held)
      redis.call('HINCRBY', run, count_field(node, STATE.CREATED), -number)
      redis.call('HINCRBY', run, count_field(node, STATE.QUEUED), number)
    end
    for _, index in ipairs(waiting) do redis.call('ZADD', key.suspects, now, run_id .. ':' .. index .. ':' .. node) end
    for _, index in ipairs(suspects) do
      redis.call('ZADD', key.suspects, 'XX', now + later, run_id .. ':' .. index .. ':' .. node)
    end
    -- Without a slot the rest waits outside the work set: the step that frees one puts it back.
    local left = is_held and 0 or math.max(0, math.min(redis.call('LLEN', ready), slots))
    if left == 0 then
      redis.call('ZREM', work, run_id .. ':' .. node)
    elseif number > 0 then
      redis.call('ZADD', work, rank + now, run_id .. ':' .. node)
    end
    result[counted_at - 1], result[counted_at] = left, number
  end
end
result[2] = passed
return result
