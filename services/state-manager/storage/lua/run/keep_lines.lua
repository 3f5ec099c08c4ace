#!lua
-- keep_lines: keeps lines that nodes have logged, at the end of each run's log: the oldest make room. Again with the
-- same batch: nothing. Of a run that is gone nothing is kept. Refused when Redis is full: lines are what one can do
-- without.
-- @include usage
--
-- @runs  each run once
-- @run_key  run  hash  the run; gets `log_last`, `log_bytes`, `log_dropped` and `log_batch`
-- @run_key  log  list  its newest lines, opaque
-- @run_arg  dropped  number of lines that were left out
-- @arg  batch      id of this call
-- @arg  max_lines  that a run keeps
-- @arg  max_bytes  of them
-- @args for each run: number of lines, then the lines, at most 1,000 in all
-- @returns how many were kept

local most_lines, most_bytes = tonumber(max_lines), tonumber(max_bytes)
local kept = 0
-- What no run comes to by itself: a number beyond it would end the step for all runs.
local most_dropped = 2 ^ 52

-- Takes the oldest lines out, at most 1,000 of them, until the rest is within the bounds. Returns bytes of the rest.
local function make_room(bytes)
  local surplus = math.min(1000, redis.call('LLEN', key.log) - most_lines)
  if surplus > 0 then
    for _, line in ipairs(redis.call('LPOP', key.log, surplus)) do bytes = bytes - #line end
  end
  for _ = 1, 1000 do
    if bytes <= most_bytes then break end
    bytes = bytes - #(redis.call('LPOP', key.log) or '')
  end
  return bytes
end

for number = 1, run_count do
  go_to_run(number, cursor)
  local lines, more = {}, 0
  for i = 1, take_number() do
    lines[i] = take()
    more = more + #lines[i]
  end
  local namespace, bytes, newest_batch, dropped_before =
    unpack(redis.call('HMGET', key.run, 'namespace', 'log_bytes', 'log_batch', 'log_dropped'))
  if namespace and newest_batch ~= batch then
    bytes = tonumber(bytes or 0)
    redis.call('HSET', key.run, 'log_batch', batch)
    if dropped ~= '0' then
      local sum = math.min(most_dropped, tonumber(dropped_before or 0) + tonumber(dropped))
      redis.call('HSET', key.run, 'log_dropped', integer_text(sum))
    end
    if #lines > 0 then
      call_in_chunks('RPUSH', key.log, lines)
      local left = make_room(bytes + more)
      redis.call('HINCRBY', key.run, 'log_last', #lines)
      redis.call('HSET', key.run, 'log_bytes', integer_text(left))
      usage.add(namespace, 'bytes', left - bytes)
      kept = kept + #lines
    end
  end
end
usage.write()
return kept
