#!lua flags=no-writes
-- read_lines: reads some lines of a run's log, and how many there were.
--
-- @key  run  hash  the run
-- @key  log  list  its newest lines, opaque
-- @arg  from     number of the first line that is wanted; if it is not kept any more, the oldest that is
-- @arg  at_most  lines, 1,000 at most
-- @returns {number of the first line that follows, number of the newest line, number of lines that are not kept,
--          line, …}

local last, dropped = unpack(redis.call('HMGET', key.run, 'log_last', 'log_dropped'))
last = tonumber(last or 0)
local oldest = last - redis.call('LLEN', key.log) + 1
local first = math.max(oldest, tonumber(from))
local reply = {first, last, oldest - 1 + tonumber(dropped or 0)}
local place = first - oldest
for _, line in ipairs(redis.call('LRANGE', key.log, place, place + math.min(1000, tonumber(at_most)) - 1)) do
  reply[#reply + 1] = line
end
return reply
