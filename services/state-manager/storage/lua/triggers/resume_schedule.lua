#!lua flags=allow-oom
-- resume_schedule: lets a paused schedule go on where it stands, so that slots that came meanwhile are due, and its
-- back-fill.
--
-- @key  schedules  zset  schedules that are not paused, by the start of their next slot (ms)
-- @key  paused     hash  `since:start of the next slot, or empty` by schedule
-- @key  backfills  zset  schedules with a back-fill by its next step (ms)
-- @key  spans      hash  back-fill by schedule
-- @arg  schedule   `namespace:graph:trigger`
-- @returns 1; 0 if it is not paused

local pause = redis.call('HGET', key.paused, schedule)
if not pause then return 0 end
local next_start = string.match(pause, ':(%d+)$')
if next_start then redis.call('ZADD', key.schedules, next_start, schedule) end
if redis.call('HEXISTS', key.spans, schedule) == 1 then redis.call('ZADD', key.backfills, now_ms(), schedule) end
redis.call('HDEL', key.paused, schedule)
return 1
