#!lua
-- decide_slot: decides, once and for all, whether a recorded slot gets a run. What was decided first stays.
-- @include last_slots
--
-- @key  slots       zset  `schedule:version:slot` of recorded slots by slot (ms)
-- @key  started     hash  `slot:run:run before` by schedule: the newest slot that got a run
-- @arg  member      the recorded slot
-- @arg  slot        ms
-- @arg  run_id      that the slot gets
-- @arg  wanted      START or SKIP
-- @arg  before      what `started` had when this was wanted, or empty
-- @arg  late_after  ms; decided behind it the slot was caught up
-- @returns {'START', run before, or empty}; {'SKIPPED'}; {'GONE'} if the slot is done with;
--          {'MOVED'} if an earlier slot has got a run meanwhile, and nothing was decided

if not redis.call('ZSCORE', key.slots, member) then return {'GONE'} end
local there = redis.call('HGET', key.started, schedule) or ''
local started_slot, started_run, run_before = string.match(there, '^(%d+):([^:]*):(.*)$')
if started_slot == slot then return {'START', run_before} end
if there ~= before then return {'MOVED'} end
local caught_up = now_ms() > tonumber(late_after) and 1 or 0
if wanted == 'SKIP' then
  redis.call('ZREM', key.slots, member)
  note_slot(slot, 'SKIPPED', '', caught_up)
  return {'SKIPPED'}
end
redis.call('HSET', key.started, schedule, slot .. ':' .. run_id .. ':' .. (started_run or ''))
note_slot(slot, 'STARTED', run_id, caught_up)
return {'START', started_run or ''}
