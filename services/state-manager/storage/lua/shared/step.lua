-- Changes of one step on a run, in tables: a script decides first, and writes all of it at its end.
-- The script calls `begin_step`, and `read_run` with the values of `step_fields`.
-- @include fields
-- @include lists
-- @include tallies
-- @include record
-- @include max_parallel
-- @include usage
--
-- @run_key  run            hash  the run: fields, counts, states, scopes, branches
-- @run_key  outputs        hash  failures by `e` and state; what else is written there the script tells
-- @run_key  failures       zset  counted failures by `scope:branch:state`, all with score 0
-- @run_key  windows        zset  branches of windows by `scope:window:branch`, all with score 0
-- @run_key  failed_states  zset  states that are ERRORED or RETRY_CREATED, by status and number
-- @key  timers      zset  `run:scope` by the instant that decides it (ms)
-- @key  cancelling  zset  what is to be cancelled in steps, by last step (ms)
-- @key  deadlines   zset  runs by the instant that ends them (ms)
-- @key  retiring    zset  runs by the instant that removes them (ms)
-- @key  ends        zset  ends that may start runs, by end (ms)
-- @keys pairs of ready list and work set: by index, from 1
-- @run_arg  run_id        id
-- @run_arg  rank          number; with ms it orders the work set, priority first
-- @run_arg  retention_ms  ms from the run's end until it is removed, unless it was cancelled
-- @arg  wake_channel  where new work is announced
-- @arg  end_channel   where the run's end is announced
-- @args queues: number of them, then for each: node, index of its ready list, of its work set, wake, max_parallel

local step_fields = {
  'seq', 'unfinished', 'failed', 'states', 'promised', 'bytes', 'store_bytes', 'ending', 'paused_at', 'paused_ms',
  'marks', 'pauses', 'namespace',
}
-- Those of them that a step counts: it writes the ones that it has changed.
local counted_fields = {'seq', 'unfinished', 'failed', 'states', 'promised', 'bytes'}
local step

-- Begins a step, and reads where ready states of some nodes go.
local function begin_step()
  -- All fields stand here, since a table that grows later is copied.
  step = {
    nodes = {}, queues = {}, sets = {}, dels = {}, counts = {}, tallies = {}, slow = {},
    failure_texts = {}, failure_members = {}, window_members = {}, timers = {}, cancellations = {}, looks = {},
    failed_states = {}, bits = {},
    -- What count_unites.lua has read of scopes, and decides.
    scopes = {}, unloaded = {}, by_rank = {}, max_rank = 0,
    -- What `read_run` finds, and changes that are made to it.
    seq = false, unfinished = false, failed = false, states = false, promised = 0, bytes = 0, store_bytes = 0,
    was_unfinished = false, before = false, ending = false, paused_at = false, paused_ms = 0, marks_text = false,
    pauses_text = false, namespace = false, store = false,
    -- What a settlement may bring the run to, and what it tells of its end.
    max_states = false, max_bytes = false, end_records = false,
  }
  for i = 1, take_number() do
    local node = take()
    step.nodes[i] = node
    step.queues[node] = {
      ready = take_key(), work = take_key(), wake = take(), max_parallel = take_number(), pushed = {}, set_at = {},
      slots = false, offer = false, timeout = 0,
    }
  end
end

-- Takes in the values of `step_fields`.
local function read_run(values)
  -- `promised`: children of wide fan-outs that do not exist yet; `bytes`: of JSON that the run has been given.
  for i, field in ipairs(counted_fields) do step[field] = tonumber(values[i] or nil) end
  step.promised, step.bytes = step.promised or 0, step.bytes or 0
  step.was_unfinished, step.before = step.unfinished, values
  step.store_bytes, step.ending, step.paused_at = tonumber(values[7] or 0), values[8], values[9]
  step.paused_ms, step.marks_text, step.pauses_text = tonumber(values[10] or 0), values[11], values[12]
  step.namespace = values[13]
end

-- Reads any number of fields of the run.
local function read_fields(fields)
  if #fields == 0 then return fields end
  if #fields <= 4000 then return redis.call('HMGET', key.run, unpack(fields)) end
  local values = {}
  for i = 1, #fields, 4000 do
    for _, value in ipairs(redis.call('HMGET', key.run, unpack(fields, i, math.min(i + 3999, #fields)))) do
      values[#values + 1] = value
    end
  end
  return values
end

local function set(field, value)
  local sets = step.sets
  sets[#sets + 1], sets[#sets + 2] = field, value
end

local function count(node, status, delta)
  local field = count_field(node, status)
  step.counts[field] = (step.counts[field] or 0) + delta
end

-- Adds to what is tallied of a node.
local function tally(node, what, number)
  local of_node = step.tallies[node]
  if not of_node then
    of_node = {}
    step.tallies[node] = of_node
  end
  of_node[what] = (of_node[what] or 0) + number
end

-- Has a state wait in its ready list. What was `set` last is its record.
local function push(node, state)
  local queue = step.queues[node]
  local at = #queue.pushed + 1
  queue.pushed[at], queue.set_at[at] = state, #step.sets
end

-- Creates a state that is ready.
local function create(now, node, state, output, standing)
  set(state, new_record(STATE.CREATED, now, state, output, standing))
  push(node, state)
end

-- Has a state found by the status that it has now, if that is one of failures.
local function list_failed(state, status)
  local score, states = failed_score(FAILED_SCORES, status, state), step.failed_states
  if score then states[#states + 1], states[#states + 2] = score, state end
end

-- Has a job that cancels looked at, also where a look is under way, or nobody looks any more.
local function look_at(job) step.looks[#step.looks + 1] = job end

-- True if something is to be cancelled now.
local function has_jobs() return #step.cancellations + #step.looks > 0 end

-- Keeps why a state has ended in a status.
local function fail_text(state, status, failure)
  list_failed(state, status)
  local texts = step.failure_texts
  texts[#texts + 1], texts[#texts + 2] = 'e' .. state, failure
end

-- Counts a failure in a branch.
local function fail_branch(scope_id, branch_id, state)
  step.failure_members[#step.failure_members + 1] = failure_member(scope_id, branch_id, state)
end

-- Changes a bit of a block: sets it, or clears it if it is negative.
local function change_bit(field, bit)
  local changes = step.bits[field]
  if changes then changes[#changes + 1] = bit else step.bits[field] = {bit} end
end

-- Reads the labels of outputs that came with a report: each behind the place of its output among them.
local function take_labels(report)
  report.labels_at, report.labels = cursor + 1, take_number()
  for _ = 1, report.labels do
    cursor = cursor + 1
    report.bytes = report.bytes + #take()
  end
end

-- Keeps the outputs that came with a report, the first of them as `owner.first`, and where those go that do not go
-- everywhere.
local function write_outputs(report, owner, first)
  local entries = {}
  for j = 0, report.outputs - 1 do
    local name = owner .. '.' .. integer_text(first + j)
    entries[#entries + 1], entries[#entries + 2] = name, ARGV[report.outputs_at + 1 + j]
    local route = string.sub(report.chosen, j * report.next_nodes + 1, (j + 1) * report.next_nodes)
    if string.find(route, '0', 1, true) then
      entries[#entries + 1], entries[#entries + 2] = 'r' .. name, route
    end
  end
  for at = report.labels_at + 1, report.labels_at + 2 * report.labels, 2 do
    entries[#entries + 1] = 'l' .. owner .. '.' .. integer_text(first + ARGV[at])
    entries[#entries + 1] = ARGV[at + 1]
  end
  call_in_chunks('HSET', key.outputs, entries)
end

-- Moves the numbers of states by node and status, changes bits of lists, and adds to tallies.
local function write_counts()
  local fields, tallies = {}, {}
  for field, delta in pairs(step.counts) do
    if delta ~= 0 then fields[#fields + 1] = field end
  end
  local counts = #fields
  for field in pairs(step.bits) do fields[#fields + 1] = field end
  local numbers = #fields
  for node, more in pairs(step.tallies) do
    fields[#fields + 1], tallies[#tallies + 1] = tally_field(node), more
  end
  for i, value in ipairs(read_fields(fields)) do
    local field = fields[i]
    if i > numbers then
      set(field, add_tallies(value or '', tallies[i - numbers]))
    else
      local before = tonumber(value or 0)
      local after = i <= counts and before + step.counts[field] or change_bits(before, step.bits[field])
      if after ~= before then set(field, integer_text(after)) end
    end
  end
end

-- Writes what was decided. Nothing in here can fail. Returns whether the run has ended, and the nodes
-- with states that can be claimed now.
local function write_step(now)
  call_in_chunks('HSET', key.outputs, step.failure_texts)
  call_in_chunks('ZADD', key.failed_states, step.failed_states)
  for _, member in ipairs(step.failure_members) do redis.call('ZADD', key.failures, 0, member) end
  for _, member in ipairs(step.window_members) do redis.call('ZADD', key.windows, 0, member) end
  for _, timer in ipairs(step.timers) do
    if timer.at then
      redis.call('ZADD', key.timers, timer.at, timer.member)
    else
      redis.call('ZREM', key.timers, timer.member)
    end
  end
  for _, member in ipairs(step.cancellations) do redis.call('ZADD', key.cancelling, now, member) end
  -- A score of 0 is that of no look that is under way: that one does not end what came behind it.
  for _, member in ipairs(step.looks) do redis.call('ZADD', key.cancelling, 0, member) end
  write_counts()
  for i, field in ipairs(counted_fields) do
    if step[field] ~= tonumber(step.before[i] or nil) then set(field, integer_text(step[field])) end
  end
  local ended, kept_ms = step.unfinished == 0 and step.was_unfinished > 0, retention_ms
  if ended then
    local status = step.ending or (step.failed > 0 and 'FAILED' or 'SUCCESS')
    set('status', status)
    set('ended', now)
    local run = redis.call('HMGET', key.run, 'graph', 'chain', 'origin', 'cancelled_ms')
    if status == 'CANCELLED' then kept_ms = run[4] or retention_ms end
    local member = table.concat({run_id, step.namespace, run[1], status, now, run[2] or 0, run[3] or run_id}, ':')
    redis.call('ZADD', key.ends, now, member)
  end
  -- Counted for its namespace. The script calls `usage.write` at its end.
  local was, is = step.was_unfinished > 0 and 1 or 0, step.unfinished > 0 and 1 or 0
  usage.add(step.namespace, 'runs', is - was)
  usage.add(step.namespace, 'states', is * step.states - was * tonumber(step.before[4] or 0))
  usage.add(step.namespace, 'bytes', step.bytes - tonumber(step.before[6] or 0))
  if step.store then usage.add(step.namespace, 'bytes', step.store.bytes - step.store_bytes) end
  call_in_chunks('HSET', key.run, step.sets)
  call_in_chunks('HDEL', key.run, step.dels)
  local ready_nodes = {}
  for _, node in ipairs(step.nodes) do
    local queue = step.queues[node]
    -- Where states are not leased any more, others may be waiting for their slots.
    if #queue.pushed > 0 or queue.max_parallel > 0 then
      queue.slots = free_slots(key.run, node, queue.max_parallel)
      if push_ready(queue, rank, now, run_id .. ':' .. node, wake_channel) then ready_nodes[#ready_nodes + 1] = node end
    end
  end
  if ended then
    redis.call('ZREM', key.deadlines, run_id)
    redis.call('ZADD', key.retiring, now + kept_ms, run_id)
    redis.call('PUBLISH', end_channel, run_id)
  end
  return ended, ready_nodes
end
