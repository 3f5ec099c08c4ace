#!lua flags=allow-oom
-- drop_leases: takes away leases that no record tells of. A step writes leases before records; one that went wrong in
-- between has left them behind, and they would count against their session's capacity for ever.
-- @include record
--
-- @key  leases    hash  token by `run:state`, of one session
-- @key  timeouts  zset  `run:state:token` by the instant that ends the attempt (ms)
-- @keys hash of the run of each lease
-- @args for each: its member, `run:state`, number of the state, token
-- @returns how many were taken away

local dropped = 0
for i = fixed_keys + 1, #KEYS do
  local member, state, token = take(), take(), take()
  local status, held_under = split_record(redis.call('HGET', KEYS[i], state) or '')
  local is_leased = status == STATE.QUEUED and held_under == token
  if not is_leased and redis.call('HGET', key.leases, member) == token then
    redis.call('HDEL', key.leases, member)
    redis.call('ZREM', key.timeouts, member .. ':' .. token)
    dropped = dropped + 1
  end
end
return dropped
