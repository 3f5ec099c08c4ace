-- `max_parallel` of a node: how many of its states may be leased at once, in one run.
-- @include fields
-- @include record

-- Number of states that may be leased besides. `max_parallel` 0: any number.
local function free_slots(run, node, max_parallel)
  if max_parallel == 0 then return math.huge end
  return max_parallel - tonumber(redis.call('HGET', run, count_field(node, STATE.QUEUED)) or 0)
end
