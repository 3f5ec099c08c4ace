#!lua
-- add_version: stores a new version of a graph, and lets its triggers take the place of those of the version before.
-- A schedule that stays the same goes on where it stands.
-- @include triggers
--
-- @key  graphs  hash  newest version by graph name
-- @key  graph   hash  versions of this graph
-- @arg  name     of the graph
-- @arg  version  number
-- @arg  json     of the version, opaque
-- @args number of schedules, then each with its first slot (ms); number of listeners, then each
-- @returns {'ADDED'}; {'TAKEN'} if the version is there already

local newest = tonumber(redis.call('HGET', key.graphs, name) or 0)
if redis.call('HEXISTS', key.graph, version) == 1 then
  if newest < tonumber(version) then redis.call('HSET', key.graphs, name, version) end
  return {'TAKEN'}
end
local stays, slots, added = {}, {}, {}
for i = 1, take_number() do
  local schedule = take()
  stays[schedule], slots[i], added[#added + 1] = true, {schedule, take_number()}, 's' .. schedule
end
for _ = 1, take_number() do added[#added + 1] = 'l' .. take() end

remove_triggers(stays)
call_in_chunks('RPUSH', key.triggers, added)
for _, slot in ipairs(slots) do redis.call('ZADD', key.schedules, 'NX', slot[2], slot[1]) end
for _, entry in ipairs(added) do
  if string.sub(entry, 1, 1) == 'l' then redis.call('ZADD', key.listeners, 0, string.sub(entry, 2)) end
end
redis.call('HSET', key.graph, version, json)
redis.call('HSET', key.graphs, name, version)
return {'ADDED'}
