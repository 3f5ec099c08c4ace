#!lua
-- stage: keeps outputs of a leased state that go ahead of its report. Again with the same index: the same.
-- @include record
--
-- @key  run     hash  the run
-- @key  staged  hash  outputs by index, of this state under this token, `end`, one more than the highest index, and
--                     `bytes` of all of them; gone by itself unless committed
-- @key  wide    set   `state.token` of what was staged, so that it goes with the run
-- @key  routes  hash  by output which next nodes it goes to, as 1 and 0; an output that is not here goes to all
-- @key  labels  hash  by output its label; an output that is not here has none
-- @arg  state      number
-- @arg  token      lease token
-- @arg  ttl        ms that staged outputs are kept
-- @arg  max_bytes  of JSON that the run may come to
-- @args index, output JSON (opaque), route or nothing, label or nothing, …
-- @returns {'OK'}; {'SETTLED'}; {'STALE'}; {'BYTES', what the run would come to}, and nothing was written

local record, run_bytes, store_bytes = unpack(redis.call('HMGET', key.run, state, 'bytes', 'store_bytes'))
if not record or token_of(record) ~= token then return {'STALE'} end
local status = status_of(record)
if status ~= STATE.QUEUED and status ~= STATE.CREATED then return {'SETTLED'} end
local past_there, bytes_there = unpack(redis.call('HMGET', key.staged, 'end', 'bytes'))
local pairs_of, routed, labelled, past, bytes = {}, {}, {}, tonumber(past_there or 0), tonumber(bytes_there or 0)
for i = cursor + 1, #ARGV, 4 do
  pairs_of[#pairs_of + 1], pairs_of[#pairs_of + 2] = ARGV[i], ARGV[i + 1]
  if ARGV[i + 2] ~= '' then routed[#routed + 1], routed[#routed + 2] = ARGV[i], ARGV[i + 2] end
  if ARGV[i + 3] ~= '' then
    labelled[#labelled + 1], labelled[#labelled + 2] = ARGV[i], ARGV[i + 3]
    bytes = bytes + #ARGV[i + 3] - redis.call('HSTRLEN', key.labels, ARGV[i])
  end
  past = math.max(past, ARGV[i] + 1)
  bytes = bytes + #ARGV[i + 1] - redis.call('HSTRLEN', key.staged, ARGV[i])
end
if #pairs_of == 0 then return {'OK'} end
local all_bytes = tonumber(run_bytes or 0) + tonumber(store_bytes or 0) + bytes
if all_bytes > tonumber(max_bytes) then return {'BYTES', all_bytes} end
pairs_of[#pairs_of + 1], pairs_of[#pairs_of + 2] = 'end', past
pairs_of[#pairs_of + 1], pairs_of[#pairs_of + 2] = 'bytes', bytes
if not past_there then redis.call('SADD', key.wide, state .. '.' .. token) end
call_in_chunks('HSET', key.staged, pairs_of)
if #routed > 0 then call_in_chunks('HSET', key.routes, routed) end
if #labelled > 0 then call_in_chunks('HSET', key.labels, labelled) end
-- None of them goes before the outputs that it tells of.
for _, one in ipairs({key.staged, key.routes, key.labels}) do redis.call('PEXPIRE', one, ttl) end
return {'OK'}
