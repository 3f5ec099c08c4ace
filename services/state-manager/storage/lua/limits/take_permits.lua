#!lua flags=allow-oom
-- take_permits: gives states, which are about to be handed out, permits of the rate limits that they stand under. A
-- state gets one of each of its limits, or none. One that gets none is told when to come again, and stands in the line
-- of each limit that had none for it: those that are due have what is free before those that are new. Who is late by
-- `grace` loses its place: its state may have ended.
-- @include permits
--
-- @keys for each limit: its permits (string), its line (zset of states by arrival), and when these were told to come
--       (zset of states by ms); all of one slot
-- @arg  usable  a permit is used within so long, or not at all (ms)
-- @args limits: number of them, then for each: how many permits, within how long (ms); states: number of them, no more
--       than 200, then for each: `run:state`, number of its limits, and their places, from 1
-- @returns for each state: 0, or when to come again (ms from now); then for each limit: number of permits that are free
--          now, ms until the next ones are (0: some are), and how many these are

local grace = 2000
-- Nobody is told to come later than this (ms), so that a line closes up where states have left it.
local horizon = 30000
local spread = 97

local now, next_key, limits, states = now_ms(), fixed_keys, {}, {}
local function more_key() next_key = next_key + 1; return KEYS[next_key] end

for i = 1, take_number() do
  local name, line, told = more_key(), more_key(), more_key()
  local limit = read_permits(name, take_number(), take_number(), now)
  limit.line, limit.told, limit.has_line = line, told, redis.call('ZCARD', told) > 0
  limit.lapsed = limit.has_line and redis.call('ZRANGEBYSCORE', told, '-inf', now - grace, 'LIMIT', 0, 200) or {}
  -- Those that are due, and not here yet.
  limit.due = limit.has_line and redis.call('ZCOUNT', told, '-inf', now) - #limit.lapsed or 0
  -- Instants are rounded up, so that the text has some fifty entries for each span.
  local step = math.max(1, math.floor(limit.per / 50))
  limit.use_by = math.ceil((now + math.min(tonumber(usable), limit.per)) / step) * step
  limits[i] = limit
end
for i = 1, take_number() do
  local state = {member = take(), limits = {}, told = {}, is_due = false}
  for j = 1, take_number() do
    local limit = limits[take_number()]
    state.limits[j] = limit
    local at = limit.has_line and tonumber(redis.call('ZSCORE', limit.told, state.member) or nil)
    if at and at > now - grace then
      state.told[j] = at
      if at <= now then
        limit.due = limit.due - 1
        state.is_due = true
      end
    end
  end
  states[i] = state
end

for _, limit in ipairs(limits) do
  if #limit.lapsed > 0 then
    redis.call('ZREM', limit.line, unpack(limit.lapsed))
    redis.call('ZREM', limit.told, unpack(limit.lapsed))
  end
end

local function use(limit)
  local last = limit.entries[#limit.entries]
  limit.used, limit.is_changed = limit.used + 1, true
  if last and last.at >= limit.use_by then
    last.number = last.number + 1
  else
    limit.entries[#limit.entries + 1] = {at = limit.use_by, number = 1}
  end
end

-- Has a state stand in the lines of limits, at its old place if it has one. Returns when it is to come again (ms).
local function stand_in_line(state, refusing, arrival)
  local at, place = now + 1, 0
  for _, limit in ipairs(refusing) do
    redis.call('ZADD', limit.line, 'NX', arrival, state.member)
    place = redis.call('ZRANK', limit.line, state.member) + 1
    at = math.max(at, free_at(limit, place, now))
  end
  if at > now + horizon then at = now + math.floor(horizon / 2 * (1 + place % spread / spread)) end
  for j, limit in ipairs(state.limits) do
    if refusing[limit.name] or state.told[j] then
      redis.call('ZADD', limit.told, at, state.member)
      redis.call('PEXPIRE', limit.told, 2 * horizon)
      redis.call('PEXPIRE', limit.line, 2 * horizon)
    end
  end
  return at - now
end

local function decide(state, arrival)
  local refusing = {}
  for j, limit in ipairs(state.limits) do
    local reserved = (state.told[j] or now + 1) <= now and 0 or limit.due
    if limit.most - limit.used <= reserved then
      refusing[#refusing + 1], refusing[limit.name] = limit, true
    end
  end
  if #refusing > 0 then return stand_in_line(state, refusing, arrival) end
  for j, limit in ipairs(state.limits) do
    use(limit)
    if state.told[j] then
      redis.call('ZREM', limit.line, state.member)
      redis.call('ZREM', limit.told, state.member)
    end
  end
  return 0
end

local result = {}
for _, is_due in ipairs({true, false}) do
  for i, state in ipairs(states) do
    if state.is_due == is_due then result[i] = decide(state, now * 1000 + i) end
  end
end
for _, limit in ipairs(limits) do
  if limit.is_changed then
    local texts = {}
    for i, entry in ipairs(limit.entries) do
      texts[i] = integer_text(entry.at) .. ',' .. integer_text(entry.number) .. ';'
    end
    local last = limit.entries[#limit.entries]
    redis.call('SET', limit.name, table.concat(texts), 'PX', last.at + limit.per - now)
  end
  local free, next_ms, coming = outlook(limit, now)
  result[#result + 1], result[#result + 2], result[#result + 3] = free, next_ms, coming
end
return result
