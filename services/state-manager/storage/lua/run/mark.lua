#!lua flags=allow-oom
-- mark: cancels, pauses or resumes a run, or what grew from a work: writes a mark that claims and reports obey.
-- @include fields
-- @include max_parallel
-- @include marks
--
-- @key  run         hash  the run
-- @key  cancelling  zset  what is to be cancelled in steps, by last step (ms)
-- @keys for each node: ready list, work set, parked states (list): by index, from 1
-- @arg  run_id        id
-- @arg  action        cancel, pause, resume, or unpark: goes on where a resume has left parked states
-- @arg  target        a mark as marks.lua has it; empty: the whole run
-- @arg  outcome       of cancel: the status that the run ends with, CANCELLED or FAILED
-- @arg  reason        of cancel, for people: opaque
-- @arg  cancelled_ms  of cancel: ms from the run's end until it is removed, if it ends CANCELLED
-- @arg  rank          number; with ms it orders the work set, priority first
-- @arg  wake_channel  where new work is announced
-- @arg  max_marks     that cancel part of a run, or pause part of it, at a time
-- @args of resume and unpark: node, wake, max_parallel, …
-- @returns 'GONE', 'SAME', 'CHANGED', or 'FULL' if there are as many marks as may be; of unpark 'MORE' if there are
--          more to go back

local now = now_ms()
local unfinished, ending, paused_at, marks, pauses =
  unpack(redis.call('HMGET', key.run, 'unfinished', 'ending', 'paused_at', 'marks', 'pauses'))
if not unfinished then return 'GONE' end
local has_ended = tonumber(unfinished) == 0 or ending
if has_ended and (action == 'cancel' or action == 'pause') then return 'SAME' end
if not marks or marks == '' then marks = ',' end
pauses = pauses or ','
-- Adds a pause to `holds`, which has those that are over, `target:from:to` each, the newest 200.
local function remember_pause(from)
  local hold = (target == '' and '*' or target) .. ':' .. from .. ':' .. now .. ','
  local holds = (redis.call('HGET', key.run, 'holds') or '') .. hold
  local _, number = string.gsub(holds, ',', '')
  if number > 200 then holds = string.match(holds, ',(.*)$') end
  redis.call('HSET', key.run, 'holds', holds)
end
local function has(text) return string.find(text, ',' .. target .. ',', 1, true) end
-- True if there are as many marks as there may be: every claim reads them all.
local function is_full(text)
  local _, commas = string.gsub(text, ',', '')
  return commas > tonumber(max_marks)
end

if action == 'cancel' then
  if target == '' then
    redis.call('HSET', key.run, 'ending', outcome, 'reason', reason, 'status', 'RUNNING',
      'cancelled_ms', cancelled_ms)
    redis.call('HDEL', key.run, 'paused_at')
    redis.call('ZADD', key.cancelling, now, job_member(run_id, 'r', ''))
    return 'CHANGED'
  end
  if has(marks) then return 'SAME' end
  if is_full(marks) then return 'FULL' end
  redis.call('HSET', key.run, 'marks', marks .. target .. ',', reason_field(target), reason)
  redis.call('ZADD', key.cancelling, now, job_member(run_id, 'b', target))
  return 'CHANGED'
end

if action == 'pause' then
  if target == '' then
    if paused_at then return 'SAME' end
    redis.call('HSET', key.run, 'status', 'PAUSED', 'paused_at', now)
  else
    if has(pauses) then return 'SAME' end
    if is_full(pauses) then return 'FULL' end
    redis.call('HSET', key.run, 'pauses', pauses .. target .. ',', pause_field(target), now)
  end
  return 'CHANGED'
end

-- Takes a pause away, whatever has become of the run: it would hold what a retry by hand makes.
local function resume()
  if target == '' then
    if not paused_at then return false end
    remember_pause(paused_at)
    redis.call('HINCRBY', key.run, 'paused_ms', now - paused_at)
    redis.call('HDEL', key.run, 'paused_at')
    if not has_ended then redis.call('HSET', key.run, 'status', 'RUNNING') end
    return true
  end
  if not has(pauses) then return false end
  remember_pause(redis.call('HGET', key.run, pause_field(target)) or now)
  redis.call('HDEL', key.run, pause_field(target))
  redis.call('HSET', key.run, 'pauses', without_mark(pauses, target))
  return true
end

-- Lets go states of a node that were popped under a pause, and parked: those that are parked when a pause ends, the
-- first at once and the rest in steps. They are parked again where another pause holds them. Returns whether there are
-- more.
local function unpark(node, ready, parked)
  local field = unparked_field(node)
  local left = action == 'unpark' and tonumber(redis.call('HGET', key.run, field) or 0) or redis.call('LLEN', parked)
  local states = left > 0 and redis.call('LPOP', parked, math.min(left, 100)) or {}
  call_in_chunks('RPUSH', ready, states)
  left = left - #states
  if left > 0 and #states > 0 then
    redis.call('HSET', key.run, field, left)
    return true
  end
  redis.call('HDEL', key.run, field)
  return false
end

local changed, has_more = action == 'resume' and resume(), false
for i = 1, (#KEYS - fixed_keys) / 3 do
  local node, wake, max_parallel = take(), take(), take_number()
  local ready, work, parked = KEYS[fixed_keys + 3 * i - 2], KEYS[fixed_keys + 3 * i - 1], KEYS[fixed_keys + 3 * i]
  -- What is parked in a run that has ended has been cancelled.
  if not has_ended then
    has_more = unpark(node, ready, parked) or has_more
    local slots = free_slots(key.run, node, max_parallel)
    local queue = {ready = ready, work = work, wake = wake, pushed = {}, slots = slots}
    push_ready(queue, rank, now, run_id .. ':' .. node, wake_channel)
  end
end
-- Should the caller die, another one goes on.
local job = job_member(run_id, 'p', '')
if has_more then redis.call('ZADD', key.cancelling, now, job) else redis.call('ZREM', key.cancelling, job) end
if action == 'unpark' then return has_more and 'MORE' or 'SAME' end
return changed and 'CHANGED' or 'SAME'
