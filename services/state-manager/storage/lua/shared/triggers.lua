-- Removes the triggers that a graph has. A schedule whose form in `stays` is the one that it has goes on; one that is
-- there in another form begins anew, paused as before.
--
-- @key  triggers    list  this graph's, 20 at most: `s`, a schedule's form, `:` and the schedule; or `l` and a listener
-- @key  schedules   zset  schedules that are not paused, by the start of their next slot (ms)
-- @key  paused      hash  `since:start of the next slot` by schedule
-- @key  started     hash  the newest started slot by schedule
-- @key  last_slots  hash  the newest slot that was dealt with, by schedule
-- @key  backfills   zset  schedules with a back-fill by its next step (ms)
-- @key  spans       hash  back-fill by schedule
-- @key  listeners   zset  `namespace:graph:graph to start`, all with score 0

local function remove_triggers(stays)
  for _, trigger in ipairs(redis.call('LRANGE', key.triggers, 0, 99)) do
    local form, member = string.match(trigger, '^s([^:]*):(.*)$')
    if not form then
      redis.call('ZREM', key.listeners, string.sub(trigger, 2))
    elseif stays[member] ~= form then
      redis.call('ZREM', key.schedules, member)
      redis.call('ZREM', key.backfills, member)
      redis.call('HDEL', key.spans, member)
      if not stays[member] then
        redis.call('HDEL', key.paused, member)
        redis.call('HDEL', key.started, member)
        redis.call('HDEL', key.last_slots, member)
      end
    end
  end
  redis.call('DEL', key.triggers)
end
