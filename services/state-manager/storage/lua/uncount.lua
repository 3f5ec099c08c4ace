#!lua flags=allow-oom
-- uncount: takes back what failures of superseded states meant to the scopes around, and to the run.
--
-- @key  run       hash  the run
-- @key  failures  zset  counted failures by `scope:branch:state`, all with score 0
-- @args states: number, how many scopes it counts in, then scope and branch of each
-- @returns how many were taken back; a state is taken back once

local taken, failed = 0, tonumber(redis.call('HGET', key.run, 'failed'))
for _ = 1, take_number() do
  local state, counted = take(), take_number()
  local record = redis.call('HGET', key.run, state) or ''
  local body = string.match(record, '^([FX].*|)$')
  for _ = 1, counted do
    local scope_id, branch_id = take(), take()
    local prefix = scope_id .. ':' .. string.format('%010d', branch_id) .. ':'
    if body and redis.call('ZREM', key.failures, prefix .. state) == 1 then
      local field = 'b' .. scope_id .. '.' .. branch_id
      local held, flags, generation = string.match(redis.call('HGET', key.run, field) or '', '^(%d+),(%d)(.*)$')
      local others = redis.call('ZRANGEBYLEX', key.failures, '[' .. prefix, '(' .. prefix .. ';', 'LIMIT', 0, 1)
      if held and tonumber(held) > 0 and #others == 0 then redis.call('HSET', key.run, field, held .. ',' .. flags % 2 .. generation) end
    end
  end
  if body then
    if counted == 0 then failed = failed - 1 end
    taken = taken + 1
    redis.call('HSET', key.run, state, body .. 's')
  end
end
if taken > 0 then redis.call('HSET', key.run, 'failed', failed) end
return taken
