#!lua
-- start_run_job: begins a job, if the namespace may have one more. Of jobs that have ended the oldest make room. Again
-- with the same id: does nothing.
-- @include run_jobs
--
-- @key  due       zset  `namespace:job` by the instant from which a state manager may take the next step (ms)
-- @arg  job       id
-- @arg  member    `namespace:job`
-- @arg  spec      what it is to do
-- @arg  progress  how far it is: nowhere
-- @arg  at_once   jobs of the namespace that may go on
-- @arg  kept      jobs of the namespace in all, more than that and 200 at most
-- @returns 'STARTED'; 'SAME' if it is there; 'OTHER' if the id is there with something else to do; 'FULL'

local known = redis.call('HGET', key.jobs, job)
if known then return known == spec and 'SAME' or 'OTHER' end
if jobs_under_way() >= tonumber(at_once) then return 'FULL' end
local now = now_ms()
-- Those that go on stand behind all others, and are fewer than are kept.
local excess = redis.call('ZCARD', key.ends) + 1 - kept
if excess > 0 then forget_jobs(redis.call('ZRANGE', key.ends, 0, excess - 1)) end
forget_jobs(redis.call('ZRANGEBYSCORE', key.ends, '-inf', now, 'LIMIT', 0, kept))
redis.call('HSET', key.jobs, job, spec, job .. ':c', now, job .. ':p', progress, job .. ':r', 0)
redis.call('ZADD', key.ends, '+inf', job)
redis.call('PERSIST', key.jobs)
redis.call('PERSIST', key.ends)
redis.call('ZADD', key.due, now, member)
return 'STARTED'
