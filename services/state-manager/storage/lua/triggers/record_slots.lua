#!lua
-- record_slots: records slots that have come, and moves their schedule on. Again with the same slot: does nothing.
-- @include last_slots
--
-- @key  graphs      hash  newest version by graph name
-- @key  slots       zset  `schedule:version:slot` by slot (ms)
-- @arg  graph       name
-- @arg  version     number; what the slots are of, as long as it is the newest
-- @arg  expected    the start of the schedule's next slot (ms), as it was when the slots were worked out
-- @arg  next_start  the start of its next slot from now on (ms), or empty: there is none
-- @arg  missed      the newest slot (ms) that gets no run because it was missed, or empty
-- @args slots (ms) that get a run, 100 at most
-- @returns {'RECORDED'}; {'MOVED'} if it is done already, paused, or the graph has a newer version

local slot = redis.call('ZSCORE', key.schedules, schedule)
if not slot or tonumber(slot) ~= tonumber(expected) then return {'MOVED'} end
if redis.call('HGET', key.graphs, graph) ~= version then return {'MOVED'} end
for i = cursor + 1, #ARGV do
  redis.call('ZADD', key.slots, ARGV[i], schedule .. ':' .. version .. ':' .. ARGV[i])
end
if missed ~= '' then note_slot(missed, 'MISSED', '', 1) end
if next_start == '' then
  redis.call('ZREM', key.schedules, schedule)
else
  redis.call('ZADD', key.schedules, next_start, schedule)
end
return {'RECORDED'}
