#!lua
-- admit_starts: decides when runs that ends start may begin: of a namespace so many in a second, and below one trigger
-- so many in all. Again for the same run: the same instant, at no cost.
--
-- @key  pace  string  instant at which the next start of the namespace is due, if they come evenly (ms)
-- @keys runs that descend from a trigger (zset) by the instant from which each may start (ms): by index, from 1
-- @arg  per_second   starts, as many of which may come at once
-- @arg  descendants  of one trigger, at most
-- @arg  kept_ms      ms that runs below a trigger are remembered behind the last one
-- @args for each start: index of its trigger's key, id of the run
-- @returns for each start: ms until it may begin, 0: now; -1 if there are too many below its trigger, and -2 if that
--          was said before

local now = now_ms()
local gap = 1000 / per_second
local due = tonumber(redis.call('GET', key.pace) or 0)
local result, kept_until = {}, {}

-- Takes the next instant at which one may start.
local function next_instant()
  due = math.max(due, now - 1000 + gap)
  local at = math.max(now, math.ceil(due))
  due = due + gap
  return at
end

-- Says when a run below a trigger may start.
local function admit(below, id)
  local at = tonumber(redis.call('ZSCORE', below, id) or nil)
  if at then return math.max(0, at - now) end
  if redis.call('ZCARD', below) >= tonumber(descendants) then
    -- The empty id stands for all that are refused.
    return redis.call('ZADD', below, 'NX', 0, '') == 1 and -1 or -2
  end
  at = next_instant()
  redis.call('ZADD', below, at, id)
  kept_until[below] = at + kept_ms
  return at - now
end

while cursor < #ARGV do result[#result + 1] = admit(take_key(), take()) end
for below, instant in pairs(kept_until) do redis.call('PEXPIREAT', below, integer_text(instant)) end
redis.call('SET', key.pace, string.format('%.3f', due), 'PX', math.max(1000, math.ceil(due - now)))
return result
