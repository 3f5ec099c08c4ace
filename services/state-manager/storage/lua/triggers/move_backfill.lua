#!lua flags=allow-oom
-- move_backfill: moves a back-fill on behind slots that have their runs, and has it wait for as long as the pace of its
-- namespace asks for these. Again with the same span: does nothing.
--
-- @key  backfills   zset    schedules that are not paused and have a back-fill, by its next step (ms)
-- @key  spans       hash    `from:to:where to go on:slots:slots that are done` by schedule
-- @key  pace        string  instant at which the next start of the namespace is due, if they come evenly (ms)
-- @arg  schedule    `namespace:graph:trigger`
-- @arg  expected    the span, as it was when the step began
-- @arg  span        as it is now, or empty: the back-fill has ended
-- @arg  count       starts of the step
-- @arg  per_second  starts that the namespace may have
-- @arg  least_wait  ms until the next step, at least
-- @returns 1; 0 if another state manager has moved it, or it has ended

if redis.call('HGET', key.spans, schedule) ~= expected then return 0 end
local now = now_ms()
local gap = 1000 / per_second
local due = math.max(tonumber(redis.call('GET', key.pace) or 0), now - 1000 + gap) + count * gap
redis.call('SET', key.pace, string.format('%.3f', due), 'PX', math.max(1000, math.ceil(due - now)))
if span == '' then
  redis.call('HDEL', key.spans, schedule)
  redis.call('ZREM', key.backfills, schedule)
else
  redis.call('HSET', key.spans, schedule, span)
  redis.call('ZADD', key.backfills, 'XX', math.max(now + least_wait, math.ceil(due)), schedule)
end
return 1
