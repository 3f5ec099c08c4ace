#!lua flags=allow-oom
-- claim: leases ready states of some runs to one session, run by run and place by place as they are given.
-- @include marks
--
-- @key  sessions    zset  sessions by deadline (ms)
-- @key  streams     hash  the newest stream of each session
-- @key  leases      hash  token by `run:state`, of this session
-- @key  timeouts    zset  `run:state:token` by the instant that ends the attempt (ms)
-- @key  cancelling  zset  what is to be cancelled in steps, by last step (ms)
-- @keys for each run: its hash, then for each of its places: ready list, work set, parked states (list)
-- @arg  session   id
-- @arg  stream    id
-- @arg  token     lease token of everything that is leased here
-- @arg  capacity  number; the session holds no more than this
-- @arg  at_most   number of states to lease; no more than 1,000 are in one call
-- @args rooms: number of them, how much more the session takes of each node that has a capacity of its own;
--       runs: number of them, then for each: run, rank, number of runs from here on that have an equal part in
--       what is left, number of places, then for each place: node, at most, index of its room (0: none),
--       timeout (ms, 0: none), how many of its states may be leased at once (0: any number), uniting nodes that
--       cancel the node when they close early
-- @returns {'OK', then for each place: what could be claimed of its ready list now, number of states, state,
--          record, …}; {'SUPERSEDED'} if the session has a newer stream; {'EXPIRED'} if its deadline has passed

local now = now_ms()
if redis.call('HGET', key.streams, session) ~= stream then return {'SUPERSEDED'} end
local deadline = redis.call('ZSCORE', key.sessions, session)
if not deadline or tonumber(deadline) <= now then return {'EXPIRED'} end

local next_key = fixed_keys
local function more_key() next_key = next_key + 1; return KEYS[next_key] end

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

-- A call leases 1,000 states at most: `unpack` of too many fails, and by then they are popped.
local room = math.min(tonumber(capacity) - redis.call('HLEN', key.leases), tonumber(at_most), 1000)
local rooms = {}
for i = 1, take_number() do rooms[i] = take_number() end
local result = {'OK'}
for _ = 1, take_number() do
  local run, run_id, rank, parts = more_key(), take(), take_number(), take_number()
  -- A run that is paused or being ended leaves the work set; resuming puts it back.
  local paused_at, ending, marks_text, pauses_text = unpack(redis.call('HMGET', run, 'paused_at', 'ending', 'marks', 'pauses'))
  local is_held = paused_at or ending
  local quota = is_held and 0 or math.ceil(room / parts)
  for _ = 1, take_number() do
    local ready, work, parked = more_key(), more_key(), more_key()
    local node, most, limited, timeout, cap = take(), take_number(), take_number(), take_number(), take_number()
    local cancelled_by = take()
    local counted_at = #result + 2
    result[counted_at - 1], result[counted_at] = 0, 0
    local slots = free_slots(run, node, cap)
    local wanted, sets, leased = math.min(most, quota, rooms[limited] or quota, slots), {}, {}
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
      room, quota, slots = room - number, quota - number, slots - number
      if limited > 0 then rooms[limited] = rooms[limited] - number end
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
    -- Without a slot the rest waits outside the work set: whoever frees one puts it back.
    local left = is_held and 0 or math.max(0, math.min(redis.call('LLEN', ready), slots))
    if left == 0 then
      redis.call('ZREM', work, run_id .. ':' .. node)
    elseif number > 0 then
      redis.call('ZADD', work, rank + now, run_id .. ':' .. node)
    end
    result[counted_at - 1], result[counted_at] = left, number
  end
end
return result
