#!lua
-- add_version: stores a new version of a graph, and lets its triggers take the place of those of the version before.
-- A schedule that stays the same goes on where it stands, and one that is paused stays so. A version that is not among
-- the newest any more is an old one: kept for as long as runs use it.
-- @include triggers
-- @include old_versions
--
-- @key  graphs         hash  newest version by graph name
-- @key  deleted        hash  highest version that is deleted, by graph name
-- @key  graph          hash  versions of this graph
-- @key  named_nodes    hash  number of kept versions that name a node, by node name
-- @key  kept_versions  hash  number of versions that are kept, by namespace
-- @arg  version    number
-- @arg  json       of the version, opaque
-- @arg  kept       how many of the newest versions are kept whatever uses them
-- @args number of schedules, then each with its form and the start of its first slot (ms); number of listeners, then
--       each; number of nodes that the version names, then each
-- @returns {'ADDED'}; {'TAKEN'} if the version is there already, or was

local newest = redis.call('HGET', key.graphs, name) or redis.call('HGET', key.deleted, name)
if tonumber(version) <= tonumber(newest or 0) then return {'TAKEN'} end
local had = {}
for _, trigger in ipairs(redis.call('LRANGE', key.triggers, 0, 99)) do had[trigger] = true end
local stays, schedules, added = {}, {}, {}
for i = 1, take_number() do
  local schedule, form, first = take(), take(), take()
  local trigger = 's' .. form .. ':' .. schedule
  stays[schedule], added[#added + 1] = form, trigger
  local since = string.match(redis.call('HGET', key.paused, schedule) or '', '^%d+')
  schedules[i] = {member = schedule, first = first, since = since, is_new = not had[trigger]}
end
for _ = 1, take_number() do added[#added + 1] = 'l' .. take() end
local nodes = {}
for i = 1, take_number() do nodes[i] = take() end

remove_triggers(stays)
call_in_chunks('RPUSH', key.triggers, added)
for _, schedule in ipairs(schedules) do
  if not schedule.since then
    redis.call('ZADD', key.schedules, 'NX', schedule.first, schedule.member)
  elseif schedule.is_new then
    redis.call('HSET', key.paused, schedule.member, schedule.since .. ':' .. schedule.first)
  end
end
for _, entry in ipairs(added) do
  if string.sub(entry, 1, 1) == 'l' then redis.call('ZADD', key.listeners, 0, string.sub(entry, 2)) end
end
for _, node in ipairs(nodes) do redis.call('HINCRBY', key.named_nodes, node, 1) end
redis.call('HINCRBY', key.kept_versions, namespace, 1)
redis.call('HSET', key.graph, version, json)
redis.call('HSET', key.graphs, name, version)
make_old(tonumber(version) - tonumber(kept))
return {'ADDED'}
