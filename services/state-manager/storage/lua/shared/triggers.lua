-- Removes the triggers that a graph has; schedules in `stays` go on. A graph has 20 triggers at most.
--
-- @key  triggers   list  this graph's: `s` and a schedule, or `l` and a listener
-- @key  schedules  zset  schedules by their next slot (ms)
-- @key  started    hash  the newest started slot by schedule
-- @key  listeners  zset  `namespace:graph:graph to start`, all with score 0

local function remove_triggers(stays)
  for _, trigger in ipairs(redis.call('LRANGE', key.triggers, 0, 99)) do
    local member = string.sub(trigger, 2)
    if string.sub(trigger, 1, 1) == 'l' then
      redis.call('ZREM', key.listeners, member)
    elseif not stays[member] then
      redis.call('ZREM', key.schedules, member)
      redis.call('HDEL', key.started, member)
    end
  end
  redis.call('DEL', key.triggers)
end
