-- Stands before every script. The loader has put `key`, `fixed_keys`, the named arguments and `cursor` in front.

local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- A whole number as text: what Lua and Redis make of numbers by themselves takes several times as long.
local function integer_text(number) return string.format('%d', number) end

-- Readers of the arguments after the named ones, in order.
local function take() cursor = cursor + 1; return ARGV[cursor] end
local function take_number() cursor = cursor + 1; return tonumber(ARGV[cursor]) end
local function take_key() cursor = cursor + 1; return KEYS[fixed_keys + tonumber(ARGV[cursor])] end

-- Calls a command with any number of values: `unpack` of too many fails, and must not after the first write.
local function call_in_chunks(command, name, values)
  for i = 1, #values, 4000 do redis.call(command, name, unpack(values, i, math.min(i + 3999, #values))) end
end

-- Makes states ready, and announces the run if claims could not find it before for this node. With `queue.slots`
-- (absent: any number) of 0 it waits outside the work set. Says whether there is something to claim.
local function push_ready(queue, rank, now, member, wake_channel)
  call_in_chunks('RPUSH', queue.ready, queue.pushed)
  if queue.slots and queue.slots <= 0 then return false end
  if #queue.pushed == 0 and redis.call('LLEN', queue.ready) == 0 then return false end
  if redis.call('ZADD', queue.work, 'NX', rank + now, member) == 1 then
    redis.call('PUBLISH', wake_channel, queue.wake)
  end
  return true
end
