-- run_jobs: jobs that act on many runs of a namespace, in the slot of the namespace. Fields of a job in the hash:
-- `<job>` what it is to do, and `:` with a letter behind that: `c` the instant at which it began (ms), `p` how far it
-- is, `r` how often that was written, `s` that it is to stop, `e` the instant of its end (ms), and in front of that `D`
-- done or `S` stopped.
--
-- @key  jobs  hash  jobs of the namespace
-- @key  ends  zset  jobs by the instant that forgets them (ms); those that go on: inf

local job_suffixes = {'', ':c', ':p', ':r', ':s', ':e'}

-- Forgets jobs that have ended.
local function forget_jobs(ids)
  for _, id in ipairs(ids) do
    local fields = {}
    for i, suffix in ipairs(job_suffixes) do fields[i] = id .. suffix end
    redis.call('HDEL', key.jobs, unpack(fields))
    redis.call('ZREM', key.ends, id)
  end
end

-- Number of jobs that go on.
local function jobs_under_way() return redis.call('ZCOUNT', key.ends, '+inf', '+inf') end
