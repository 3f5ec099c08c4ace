#!lua flags=allow-oom
-- refuse_slot: clears a recorded slot of which no run can be made, and notes that it has none.
-- @include last_slots
--
-- @key  slots       zset  `schedule:version:slot` of recorded slots by slot (ms)
-- @arg  member      the recorded slot
-- @arg  slot        ms
-- @returns 1; 0 if it is done with already

if not redis.call('ZSCORE', key.slots, member) then return 0 end
note_slot(slot, 'REFUSED', '', nil)
redis.call('ZREM', key.slots, member)
return 1
