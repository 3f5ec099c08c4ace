-- Notes what came of a slot, unless that of a later one is known, or the schedule is gone.
--
-- @key  schedules   zset  schedules that are not paused, by the start of their next slot (ms)
-- @key  paused      hash  `since:start of the next slot` by schedule
-- @key  last_slots  hash  `slot:outcome:run:caught up` by schedule: the newest slot that was dealt with
-- @arg  schedule    `namespace:graph:trigger`

local function note_slot(slot, outcome, run, caught_up)
  if not redis.call('ZSCORE', key.schedules, schedule) and redis.call('HEXISTS', key.paused, schedule) == 0 then
    return
  end
  local there = redis.call('HGET', key.last_slots, schedule) or ''
  local last, _, _, was_caught_up = string.match(there, '^(%d+):([^:]*):([^:]*):(%d)$')
  if last and tonumber(last) > tonumber(slot) then return end
  if caught_up == nil then caught_up = last == slot and was_caught_up or 0 end
  redis.call('HSET', key.last_slots, schedule, slot .. ':' .. outcome .. ':' .. run .. ':' .. caught_up)
end
