#!lua flags=allow-oom
-- expand: creates the next children of a committed fan-out, from where the last step ended.
--
-- @key  run        hash  the run
-- @key  expanding  zset  `run:state` of fan-outs whose children do not all exist, by last step (ms)
-- @keys pairs of ready list and work set, one for each child: by index, from 1
-- @arg  run_id        id
-- @arg  state         number of the state that fanned out
-- @arg  node          number of its node template
-- @arg  most          children to create at most
-- @arg  rank          number; with ms it orders the work set, priority first
-- @arg  wake_channel  where new work is announced
-- @args children: node, body, wake, two key indexes
-- @returns {'MORE' or 'DONE', outputs expanded, longest ready list}; {'GONE'} if there is nothing to expand

local now = now_ms()
local values = redis.call('HMGET', key.run, state, 'x' .. state)
local head, total, first, flag = string.match(values[1] or '', '^E(.*|)(%d+),(%d+),(%d)$')
if not head then
  redis.call('ZREM', key.expanding, run_id .. ':' .. state)
  return {'GONE'}
end
local from, children = tonumber(values[2]), {}
for i = 1, take_number() do
  children[i] = {node = take(), body = take(), wake = take(), ready = take_key(), work = take_key(), pushed = {}}
end
local width = #children
local to = math.min(tonumber(total), from + math.max(1, math.floor(tonumber(most) / math.max(width, 1))))
local sets = {}
for output = from, to - 1 do
  for j, child in ipairs(children) do
    local index = first + output * width + j - 1
    sets[#sets + 1] = index
    sets[#sets + 1] = 'C|' .. now .. '|1.0.0|' .. index .. '|' .. output .. '|' .. child.body .. '|'
    child.pushed[#child.pushed + 1] = index
  end
end
local expanded = to - from
call_in_chunks('HSET', key.run, sets)
redis.call('HINCRBY', key.run, 'c' .. node .. '.E', -expanded)
redis.call('HINCRBY', key.run, 'c' .. node .. '.S', expanded)
redis.call('HINCRBY', key.run, 'states', expanded * width)
local longest = 0
for _, child in ipairs(children) do
  redis.call('HINCRBY', key.run, 'c' .. child.node .. '.C', expanded)
  push_ready(child, rank, now, run_id .. ':' .. child.node, wake_channel)
  longest = math.max(longest, redis.call('LLEN', child.ready))
end
if to == tonumber(total) then
  redis.call('HSET', key.run, state, 'S' .. head .. total .. ',' .. first .. ',' .. flag)
  redis.call('HDEL', key.run, 'x' .. state)
  redis.call('ZREM', key.expanding, run_id .. ':' .. state)
  return {'DONE', to, longest}
end
redis.call('HSET', key.run, 'x' .. state, to)
redis.call('ZADD', key.expanding, now, run_id .. ':' .. state)
return {'MORE', to, longest}
