#!lua
-- begin_backfill: begins the back-fill of a schedule, unless it has one.
--
-- @key  graphs     hash  newest version by graph name
-- @key  paused     hash  `since:start of the next slot` by schedule
-- @key  backfills  zset  schedules that are not paused and have a back-fill, by its next step (ms)
-- @key  spans      hash  `from:to:where to go on:slots:slots that are done` by schedule
-- @arg  graph      name
-- @arg  version    number; the schedule is one of this version
-- @arg  schedule   `namespace:graph:trigger`
-- @arg  span       to begin with
-- @returns {'BEGUN', span}; {'THERE', span} if there is one; {'MOVED'} if the graph has a newer version, and
--          nothing was done

if redis.call('HGET', key.graphs, graph) ~= version then return {'MOVED'} end
local there = redis.call('HGET', key.spans, schedule)
if there then return {'THERE', there} end
redis.call('HSET', key.spans, schedule, span)
if redis.call('HEXISTS', key.paused, schedule) == 0 then redis.call('ZADD', key.backfills, now_ms(), schedule) end
return {'BEGUN', span}
