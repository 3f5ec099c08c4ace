-- Changes of one step on a run, in tables: a script decides first, and writes all of it at its end.
-- The script calls `take_queues`, and `begin_step` with the values of `step_fields`.
-- @include fields
-- @include record
-- @include max_parallel
--
-- @key  run         hash  the run: fields, counts, states, scopes, branches
-- @key  outputs     hash  failures by `e` and state; what else is written there the script tells
-- @key  failures    zset  counted failures by `scope:branch:state`, all with score 0
-- @key  windows     zset  branches of windows by `scope:window:branch`, all with score 0
-- @key  timers      zset  `run:scope` by the instant that decides it (ms)
-- @key  cancelling  zset  what is to be cancelled in steps, by last step (ms)
-- @key  deadlines   zset  runs by the instant that ends them (ms)
-- @key  retiring    zset  runs by the instant that removes them (ms)
-- @key  ends        zset  ends that may start runs, by end (ms)
-- @keys pairs of ready list and work set: by index, from 1
-- @arg  run_id        id
-- @arg  rank          number; with ms it orders the work set, priority first
-- @arg  wake_channel  where new work is announced
-- @arg  end_channel   where the run's end is announced
-- @arg  retention_ms  ms from the run's end until it is removed
-- @args queues: number of them, then for each: node, index of its ready list, of its work set, wake, max_parallel

local step_fields = {
  'seq', 'unfinished', 'failed', 'states', 'ending', 'paused_at', 'paused_ms', 'marks', 'promised', 'bytes',
  'store_bytes',
}
local queues = {}
local was_unfinished, seq, unfinished, failed, states, ending, paused_at, paused_ms, marks_text
-- Children of wide fan-outs that do not exist yet; bytes of JSON that the run has been given.
local promised, bytes, store_bytes
local sets, dels, counts, failure_texts, failure_members, window_members = {}, {}, {}, {}, {}, {}
local timers, cancellations = {}, {}

-- Reads where ready states of some nodes go.
local function take_queues()
  for _ = 1, take_number() do
    local node = take()
    queues[node] = {ready = take_key(), work = take_key(), wake = take(), max_parallel = take_number(), pushed = {}}
  end
end

local function begin_step(values)
  seq, unfinished, failed, states = tonumber(values[1]), tonumber(values[2]), tonumber(values[3]), tonumber(values[4])
  was_unfinished = unfinished
  ending, paused_at, paused_ms, marks_text = values[5], values[6], tonumber(values[7] or 0), values[8]
  promised, bytes, store_bytes = tonumber(values[9] or 0), tonumber(values[10] or 0), tonumber(values[11] or 0)
end

local function set(field, value) sets[#sets + 1] = field; sets[#sets + 1] = value end

local function count(node, status, delta)
  local field = count_field(node, status)
  counts[field] = (counts[field] or 0) + delta
end

local function push(node, state)
  local pushed = queues[node].pushed
  pushed[#pushed + 1] = state
end

-- Creates a state that is ready.
local function create(now, node, state, output, standing)
  set(state, new_record(STATE.CREATED, now, state, output, standing))
  push(node, state)
end

local function fail_text(state, failure)
  failure_texts[#failure_texts + 1] = 'e' .. state
  failure_texts[#failure_texts + 1] = failure
end

-- Counts a failure in a branch.
local function fail_branch(scope_id, branch_id, state)
  failure_members[#failure_members + 1] = failure_member(scope_id, branch_id, state)
end

-- Keeps the outputs that came with a report, the first of them as `owner.first`, and where those go that do not go
-- everywhere.
local function write_outputs(report, owner, first)
  local entries = {}
  for j = 0, report.outputs - 1 do
    local name = owner .. '.' .. (first + j)
    entries[#entries + 1], entries[#entries + 2] = name, ARGV[report.outputs_at + 1 + j]
    local route = string.sub(report.chosen, j * report.next_nodes + 1, (j + 1) * report.next_nodes)
    if string.find(route, '0', 1, true) then
      entries[#entries + 1], entries[#entries + 2] = 'r' .. name, route
    end
  end
  call_in_chunks('HSET', key.outputs, entries)
end

-- Writes what was decided. Nothing in here can fail. Returns whether the run has ended, and the nodes
-- with states that can be claimed now.
local function write_step(now)
  call_in_chunks('HSET', key.outputs, failure_texts)
  for _, member in ipairs(failure_members) do redis.call('ZADD', key.failures, 0, member) end
  for _, member in ipairs(window_members) do redis.call('ZADD', key.windows, 0, member) end
  for _, timer in ipairs(timers) do
    if timer.at then
      redis.call('ZADD', key.timers, timer.at, timer.member)
    else
      redis.call('ZREM', key.timers, timer.member)
    end
  end
  for _, member in ipairs(cancellations) do redis.call('ZADD', key.cancelling, now, member) end
  for field, delta in pairs(counts) do
    if delta ~= 0 then redis.call('HINCRBY', key.run, field, delta) end
  end
  set('seq', seq)
  set('unfinished', unfinished)
  set('states', states)
  set('promised', promised)
  set('bytes', bytes)
  set('failed', failed)
  local ended = unfinished == 0 and was_unfinished > 0
  if ended then
    local status = ending or (failed > 0 and 'FAILED' or 'SUCCESS')
    set('status', status)
    set('ended', now)
    local run = redis.call('HMGET', key.run, 'namespace', 'graph', 'chain')
    redis.call('ZADD', key.ends, now, table.concat({run_id, run[1], run[2], status, now, run[3] or 0}, ':'))
  end
  call_in_chunks('HSET', key.run, sets)
  call_in_chunks('HDEL', key.run, dels)
  local ready_nodes = {}
  for node, queue in pairs(queues) do
    -- Where states are not leased any more, others may be waiting for their slots.
    if #queue.pushed > 0 or queue.max_parallel > 0 then
      queue.slots = free_slots(key.run, node, queue.max_parallel)
      if push_ready(queue, rank, now, run_id .. ':' .. node, wake_channel) then ready_nodes[#ready_nodes + 1] = node end
    end
  end
  if ended then
    redis.call('ZREM', key.deadlines, run_id)
    redis.call('ZADD', key.retiring, now + retention_ms, run_id)
    redis.call('PUBLISH', end_channel, run_id)
  end
  return ended, ready_nodes
end
