-- Sessions that take states at once, without a way through the ready lists, and what they are offered. An offer is void
-- while its work set has members: nothing is handed off past what waits.
-- @include record
--
-- @key  sessions  zset  sessions by deadline (ms)
-- @key  streams   hash  the newest stream of each session
-- @key  timeouts  zset  `run:state:token` by the instant that ends the attempt (ms)
-- @keys leases (hash) and work sets: by index, from 1
-- @args takers: number of them, then for each: session, stream, lease token, index of its leases, and its capacity: the
--       session holds no more than this; offers: number of them, then for each: index of its work set, number of
--       its takers, and for each its place among all

local takers, offers = {}, {}

-- Reads who takes, and what.
local function take_offers(now)
  for i = 1, take_number() do
    local session, stream, token, leases, capacity = take(), take(), take(), take_key(), take_number()
    local deadline = redis.call('ZSCORE', key.sessions, session)
    local is_there = deadline and tonumber(deadline) > now and redis.call('HGET', key.streams, session) == stream
    local room = is_there and capacity - redis.call('HLEN', leases) or 0
    takers[i] = {place = i, token = token, leases = leases, room = room, held = {}, timed = {}}
  end
  for i = 1, take_number() do
    local work = take_key()
    local offer = {takers = {}, at = 0}
    for j = 1, take_number() do offer.takers[j] = takers[take_number()] end
    offer.is_void = redis.call('ZCARD', work) > 0
    offers[i] = offer
  end
end

-- A lease that this step ends makes room.
local function add_room(leases)
  for _, taker in ipairs(takers) do
    if taker.leases == leases then taker.room = taker.room + 1 end
  end
end

-- The next taker in turn that has room, or nil.
local function next_taker(offer)
  if not offer or offer.is_void then return nil end
  for _ = 1, #offer.takers do
    offer.at = offer.at % #offer.takers + 1
    local taker = offer.takers[offer.at]
    if taker.room > 0 then return taker end
  end
end

-- Leases a state to a taker; `write_leases` writes that. `member`: run and state. Returns the record.
local function lease_to(taker, now, member, record, timeout)
  local held, timed = taker.held, taker.timed
  taker.room = taker.room - 1
  held[#held + 1], held[#held + 2] = member, taker.token
  if timeout > 0 then timed[#timed + 1], timed[#timed + 2] = now + timeout, member .. ':' .. taker.token end
  return leased_record(record, taker.token, now)
end

local function write_leases()
  for _, taker in ipairs(takers) do
    call_in_chunks('HSET', taker.leases, taker.held)
    call_in_chunks('ZADD', key.timeouts, taker.timed)
  end
end
