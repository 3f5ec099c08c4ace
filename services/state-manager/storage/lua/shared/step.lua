-- What one step changes on a run, in tables: a script decides first, and writes all of it at its end.
-- The script has read `queues` and calls `begin_step` with the values of `step_fields`.

local step_fields = {'seq', 'unfinished', 'failed', 'states', 'status', 'ending', 'paused_at', 'paused_ms', 'marks', 'promised', 'bytes', 'store_bytes'}
local queues = {}
local was_unfinished, seq, unfinished, failed, states, run_status, ending, paused_at, paused_ms, marks_text
-- Children of wide fan-outs that do not exist yet; bytes of JSON that the run has been given.
local promised, bytes, store_bytes
local sets, dels, counts, failure_texts, failure_members, window_members, timers, cancellations = {}, {}, {}, {}, {}, {}, {}, {}

-- Where ready states of some nodes go: node, key index of the ready list, of the work set, wake, how many of its
-- states may be leased at once (0: any number).
local function take_queues()
  for _ = 1, take_number() do
    local node = take()
    queues[node] = {ready = take_key(), work = take_key(), wake = take(), cap = take_number(), pushed = {}}
  end
end

local function begin_step(values)
  seq, unfinished, failed, states = tonumber(values[1]), tonumber(values[2]), tonumber(values[3]), tonumber(values[4])
  was_unfinished = unfinished
  run_status, ending, paused_at, paused_ms, marks_text = values[5], values[6], values[7], tonumber(values[8] or 0), values[9]
  promised, bytes, store_bytes = tonumber(values[10] or 0), tonumber(values[11] or 0), tonumber(values[12] or 0)
end

local function set(field, value) sets[#sets + 1] = field; sets[#sets + 1] = value end

local function count(node, status, delta)
  local field = 'c' .. node .. '.' .. status
  counts[field] = (counts[field] or 0) + delta
end

local function push(node, index)
  local pushed = queues[node].pushed
  pushed[#pushed + 1] = index
end

-- A new state that is ready. `output` is an index, or `u` and the instance for a uniting state.
local function create(now, node, index, output, body)
  set(index, 'C|' .. now .. '|1.0.0|' .. index .. '|' .. output .. '|' .. body .. '|')
  push(node, index)
end

local function fail_text(index, failure)
  failure_texts[#failure_texts + 1] = 'e' .. index
  failure_texts[#failure_texts + 1] = failure
end

-- Keeps the outputs that came with a report, the first of them as `owner.first`, and where those go that do not go
-- everywhere.
local function write_outputs(report, owner, first)
  local entries = {}
  for j = 0, report.outputs - 1 do
    local name = owner .. '.' .. (first + j)
    entries[#entries + 1], entries[#entries + 2] = name, ARGV[report.outputs_at + 1 + j]
    local route = string.sub(report.chosen, j * report.places + 1, (j + 1) * report.places)
    if string.find(route, '0', 1, true) then
      entries[#entries + 1], entries[#entries + 2] = 'r' .. name, route
    end
  end
  call_in_chunks('HSET', key.outputs, entries)
end

-- Writes what was decided. Nothing in here can fail. Returns whether the run has ended, and the nodes
-- with states that can be claimed now.
local function write_step(now, run_id, rank, wake_channel, end_channel)
  call_in_chunks('HSET', key.outputs, failure_texts)
  for _, member in ipairs(failure_members) do redis.call('ZADD', key.failures, 0, member) end
  for _, member in ipairs(window_members) do redis.call('ZADD', key.windows, 0, member) end
  for _, timer in ipairs(timers) do
    if timer.at then redis.call('ZADD', key.timers, timer.at, timer.member) else redis.call('ZREM', key.timers, timer.member) end
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
    if #queue.pushed > 0 or queue.cap > 0 then
      queue.slots = free_slots(key.run, node, queue.cap)
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
