-- Sessions that take states at once, without a way through the ready lists, and what they are offered. An offer is void
-- while its work set has members: nothing is handed off past what waits.
-- @include record
--
-- @key  sessions  zset  sessions by deadline (ms)
-- @key  streams   hash  the newest stream of each session
-- @key  timeouts  zset  `run:state:token` by the instant that ends the attempt (ms)
-- @keys leases (hash) and work sets: by index, from 1
-- @args takers: number of them, then for each: session, stream, lease token, index of its leases, and its capacity:
--       the session holds no more than this on the shard; offers: number of them, then for each: index of its work
--       set, number of its takers, and for each its place among all

local takers, takers_by_leases, offers = {}, {}, {}

-- Reads who takes, and what. What Redis knows of them is read when the first of it is needed.
local function take_offers()
  for i = 1, take_number() do
    local taker = {
      place = i, session = take(), stream = take(), token = take(), leases = take_key(), capacity = take_number(),
      given = 0, members = {}, held = {}, timed = {},
    }
    takers[i], takers_by_leases[taker.leases] = taker, taker
  end
  for i = 1, take_number() do
    offers[i] = {work = take_key(), takers = {}, at = 0}
    for j = 1, take_number() do offers[i].takers[j] = takers[take_number()] end
  end
end

-- A lease that this step ends makes room.
local function add_room(leases)
  local taker = takers_by_leases[leases]
  if taker then taker.given = taker.given - 1 end
end

-- True if a session takes one more. One that has a newer stream, or whose deadline has passed, takes none.
local function has_room(taker, now)
  if not taker.room then
    local deadline = redis.call('ZSCORE', key.sessions, taker.session)
    local is_there = deadline and tonumber(deadline) > now
      and redis.call('HGET', key.streams, taker.session) == taker.stream
    taker.room = is_there and taker.capacity - redis.call('HLEN', taker.leases) or -math.huge
  end
  return taker.room > taker.given
end

-- The next taker in turn that has room, or nil.
local function next_taker(offer, now)
  if not offer then return nil end
  if offer.is_void == nil then offer.is_void = redis.call('ZCARD', offer.work) > 0 end
  if offer.is_void then return nil end
  for _ = 1, #offer.takers do
    offer.at = offer.at % #offer.takers + 1
    local taker = offer.takers[offer.at]
    if has_room(taker, now) then return taker end
  end
end

-- Leases a state to a taker. `member`: run and state. Returns the record, which is written behind `write_leases`.
local function lease_to(taker, now, now_text, member, record, timeout)
  local held, timed = taker.held, taker.timed
  taker.given, taker.members[member] = taker.given + 1, true
  held[#held + 1], held[#held + 2] = member, taker.token
  if timeout > 0 then timed[#timed + 1], timed[#timed + 2] = now + timeout, member .. ':' .. taker.token end
  return leased_record(record, taker.token, now_text)
end

-- True if this step has leased a member anew to the session of these leases.
local function is_leased_again(leases, member)
  local taker = takers_by_leases[leases]
  return taker and taker.members[member]
end

-- Writes all leases. Comes before the records: should something be wrong behind it, then what is leased and was never
-- pushed is given back, while a record without its lease would wait for ever.
local function write_leases()
  for _, taker in ipairs(takers) do
    call_in_chunks('HSET', taker.leases, taker.held)
    call_in_chunks('ZADD', key.timeouts, taker.timed)
  end
end
