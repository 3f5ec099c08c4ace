-- Permits of one rate limit: never more than `most` of them are used within `per` ms, wherever that span begins.
--
-- Its text lists those that may still count, the oldest first, each with the last instant (ms) at which it may be
-- used, and how many there are: `1764518400020,20;1764518400040,4;` A permit counts until `per` after that instant, and
-- the next ones are given no earlier: so the rule holds whenever within its time each of them is used.

-- Reads what counts of a limit now.
local function read_permits(name, most, per, now)
  local limit = {name = name, most = most, per = per, used = 0, entries = {}}
  for at, number in string.gmatch(redis.call('GET', name) or '', '(%d+),(%d+);') do
    if tonumber(at) + per > now then
      limit.used = limit.used + tonumber(number)
      limit.entries[#limit.entries + 1] = {at = tonumber(at), number = tonumber(number)}
    end
  end
  return limit
end

-- The instant at which the permit of that place, from 1, is free at the earliest, if those before it are used at once.
local function free_at(limit, place, now)
  local rounds = math.floor((place - 1) / limit.most)
  local ended, at = limit.used + place - rounds * limit.most - limit.most, now
  for _, entry in ipairs(limit.entries) do
    if ended <= 0 then break end
    ended, at = ended - entry.number, entry.at + limit.per
  end
  return at + rounds * limit.per
end

-- Tells what is free of it: number, ms until the next ones are (0: some are), and how many these are.
local function outlook(limit, now)
  local free = limit.most - limit.used
  if free > 0 then return free, 0, free end
  local at, coming = free_at(limit, 1, now), free
  for _, entry in ipairs(limit.entries) do
    if entry.at + limit.per <= at then coming = coming + entry.number end
  end
  return 0, at - now, coming
end
