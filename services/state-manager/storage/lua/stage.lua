#!lua
-- stage: keeps outputs of a leased state that go ahead of its report. Again with the same index: the same.
--
-- @key  run     hash  the run
-- @key  staged  hash  outputs by index, of this state under this token, and `end`, one more than the highest
--                     index; gone by itself unless committed
-- @key  routes  hash  by output which next nodes it goes to, as 1 and 0; an output that is not here goes to all
-- @arg  state   number
-- @arg  token   lease token
-- @arg  ttl     ms that staged outputs are kept
-- @args index, output JSON (opaque), route or nothing, …
-- @returns {'OK'}; {'SETTLED'}; {'STALE'}

local status, token_there = string.match(redis.call('HGET', key.run, state) or '', '^(%u)([^|]*)|')
if token_there ~= token then return {'STALE'} end
if status ~= 'Q' and status ~= 'C' then return {'SETTLED'} end
local pairs_of, routed, past = {}, {}, tonumber(redis.call('HGET', key.staged, 'end') or 0)
for i = cursor + 1, #ARGV, 3 do
  pairs_of[#pairs_of + 1], pairs_of[#pairs_of + 2] = ARGV[i], ARGV[i + 1]
  if ARGV[i + 2] ~= '' then routed[#routed + 1], routed[#routed + 2] = ARGV[i], ARGV[i + 2] end
  past = math.max(past, ARGV[i] + 1)
end
if #pairs_of == 0 then return {'OK'} end
pairs_of[#pairs_of + 1], pairs_of[#pairs_of + 2] = 'end', past
call_in_chunks('HSET', key.staged, pairs_of)
redis.call('PEXPIRE', key.staged, ttl)
if #routed > 0 then
  call_in_chunks('HSET', key.routes, routed)
  redis.call('PEXPIRE', key.routes, ttl)
end
return {'OK'}
