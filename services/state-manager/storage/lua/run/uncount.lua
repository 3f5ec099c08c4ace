#!lua flags=allow-oom
-- uncount: takes back what failures of superseded states meant to the scopes around, and to the run.
-- @include fields
-- @include record
-- @include scope_record
--
-- @key  run       hash  the run
-- @key  failures  zset  counted failures by `scope:branch:state`, all with score 0
-- @args states: number, how many scopes it counts in, then scope and branch of each
-- @returns how many were taken back; a state is taken back once

local taken, failed = 0, tonumber(redis.call('HGET', key.run, 'failed'))
for _ = 1, take_number() do
  local state, counted = take(), take_number()
  local record = uncounted_record(redis.call('HGET', key.run, state) or '')
  for _ = 1, counted do
    local scope_id, branch_id = take(), take()
    if record and redis.call('ZREM', key.failures, failure_member(scope_id, branch_id, state)) == 1 then
      local field, prefix = branch_field(scope_id, branch_id), failure_prefix(scope_id, branch_id)
      local stored = redis.call('HGET', key.run, field)
      local others = redis.call('ZRANGEBYLEX', key.failures, '[' .. prefix, '(' .. prefix .. ';', 'LIMIT', 0, 1)
      if stored and #others == 0 then
        local tokens, flags, generation = unpack_branch(nil, stored)
        -- How a branch has ended stays, unless it was left out and may come back.
        if flags % 4 >= 2 and (tokens > 0 or flags >= 4) then
          redis.call('HSET', key.run, field, pack_branch(tokens, flags - 2, generation))
        end
      end
    end
  end
  if record then
    if counted == 0 then failed = failed - 1 end
    taken = taken + 1
    redis.call('HSET', key.run, state, record)
  end
end
if taken > 0 then redis.call('HSET', key.run, 'failed', failed) end
return taken
