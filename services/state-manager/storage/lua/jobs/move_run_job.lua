#!lua flags=allow-oom
-- move_run_job: writes how far a job is, unless another state manager has done so since it was read; and ends it, if
-- it is through or is to stop.
-- @include run_jobs
--
-- @key  due       zset  `namespace:job` by the instant from which a state manager may take the next step (ms)
-- @arg  job       id
-- @arg  member    `namespace:job`
-- @arg  seen      how often it was written, when it was read
-- @arg  progress  how far it is
-- @arg  again_ms  ms until the next step may be taken; empty: it is through
-- @arg  kept_ms   ms for which one that has ended is kept
-- @returns 'GOES_ON', 'ENDED'; 'MOVED' if another one has written it, or it is gone

local now = now_ms()
local written, stop, ended = unpack(redis.call('HMGET', key.jobs, job .. ':r', job .. ':s', job .. ':e'))
if written ~= seen or ended then return 'MOVED' end
redis.call('HSET', key.jobs, job .. ':p', progress, job .. ':r', written + 1)
if again_ms ~= '' and not stop then
  redis.call('ZADD', key.due, now + again_ms, member)
  return 'GOES_ON'
end
redis.call('HSET', key.jobs, job .. ':e', (again_ms == '' and 'D' or 'S') .. now)
redis.call('ZREM', key.due, member)
redis.call('ZADD', key.ends, now + kept_ms, job)
if jobs_under_way() == 0 then
  redis.call('PEXPIRE', key.jobs, kept_ms)
  redis.call('PEXPIRE', key.ends, kept_ms)
end
return 'ENDED'
