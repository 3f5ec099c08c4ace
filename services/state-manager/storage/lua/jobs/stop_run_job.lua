#!lua flags=allow-oom
-- stop_run_job: has a job end with the step under way.
--
-- @key  jobs  hash  jobs of the namespace, see run_jobs.lua
-- @arg  job   id
-- @returns 'CHANGED'; 'SAME' if it has ended, or was told before; 'GONE' if there is none

local known, stop, ended = unpack(redis.call('HMGET', key.jobs, job, job .. ':s', job .. ':e'))
if not known then return 'GONE' end
if stop or ended then return 'SAME' end
redis.call('HSET', key.jobs, job .. ':s', 1)
return 'CHANGED'
