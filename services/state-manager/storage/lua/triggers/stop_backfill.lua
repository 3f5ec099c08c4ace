#!lua flags=allow-oom
-- stop_backfill: ends the back-fill of a schedule.
--
-- @key  backfills  zset  schedules that are not paused and have a back-fill, by its next step (ms)
-- @key  spans      hash  back-fill by schedule
-- @arg  schedule   `namespace:graph:trigger`
-- @returns 1; 0 if there is none

redis.call('ZREM', key.backfills, schedule)
return redis.call('HDEL', key.spans, schedule)
