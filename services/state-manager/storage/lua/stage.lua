#!lua
-- stage: keeps outputs of a leased state that go ahead of its report. Again with the same index: the same.
--
-- @key  run     hash  the run
-- @key  staged  hash  outputs by index, of this state under this token; gone by itself unless committed
-- @arg  state   number
-- @arg  token   lease token
-- @arg  ttl     ms that staged outputs are kept
-- @args index, output JSON (opaque), …
-- @returns {'OK'}; {'SETTLED'}; {'STALE'}

local status, token_there = string.match(redis.call('HGET', key.run, state) or '', '^(%u)([^|]*)|')
if token_there ~= token then return {'STALE'} end
if status ~= 'Q' and status ~= 'C' then return {'SETTLED'} end
local pairs_of = {}
for i = cursor + 1, #ARGV do pairs_of[#pairs_of + 1] = ARGV[i] end
call_in_chunks('HSET', key.staged, pairs_of)
redis.call('PEXPIRE', key.staged, ttl)
return {'OK'}
