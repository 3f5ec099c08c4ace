#!lua flags=allow-oom
-- promote: makes states ready whose due time has come.
-- @include record
-- @include max_parallel
--
-- @key  run    hash  the run
-- @key  due    zset  `run:state:node` by due time (ms)
-- @key  ready  list  ready states of the node
-- @key  work   zset  runs with ready states of the node
-- @arg  run_id        id
-- @arg  node          number of the node template
-- @arg  rank          number; with ms it orders the work set, priority first
-- @arg  wake          what to announce
-- @arg  wake_channel  where
-- @arg  max_parallel  how many states of the node may be leased at once; 0: any number
-- @args state, …
-- @returns how many were made ready

local now, pushed = now_ms(), {}
for i = cursor + 1, #ARGV do
  local member = run_id .. ':' .. ARGV[i] .. ':' .. node
  local due_at = redis.call('ZSCORE', key.due, member)
  if due_at and tonumber(due_at) <= now then
    redis.call('ZREM', key.due, member)
    if status_of(redis.call('HGET', key.run, ARGV[i]) or '') == STATE.CREATED then pushed[#pushed + 1] = ARGV[i] end
  end
end
if #pushed > 0 then
  local slots = free_slots(key.run, node, tonumber(max_parallel))
  local queue = {ready = key.ready, work = key.work, wake = wake, pushed = pushed, slots = slots}
  push_ready(queue, rank, now, run_id .. ':' .. node, wake_channel)
end
return #pushed
