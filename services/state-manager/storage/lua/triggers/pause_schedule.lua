#!lua flags=allow-oom
-- pause_schedule: holds a schedule and its back-fill: nothing of it is due. It is written down where it stands.
--
-- @key  graphs     hash  newest version by graph name
-- @key  schedules  zset  schedules that are not paused, by the start of their next slot (ms)
-- @key  paused     hash  `since:start of the next slot, or empty` by schedule
-- @key  backfills  zset  schedules with a back-fill by its next step (ms)
-- @arg  graph      name
-- @arg  version    number; the schedule is one of this version
-- @arg  schedule   `namespace:graph:trigger`
-- @returns {'PAUSED'}; {'SAME'} if it is paused already; {'MOVED'} if the graph has a newer version, and
--          nothing was done

if redis.call('HGET', key.graphs, graph) ~= version then return {'MOVED'} end
if redis.call('HEXISTS', key.paused, schedule) == 1 then return {'SAME'} end
local next_start = redis.call('ZSCORE', key.schedules, schedule) or ''
redis.call('HSET', key.paused, schedule, integer_text(now_ms()) .. ':' .. next_start)
redis.call('ZREM', key.schedules, schedule)
redis.call('ZREM', key.backfills, schedule)
return {'PAUSED'}
