#!lua
-- trigger: creates runs, each with its root state, which is leased at once where a session takes it. Again with the
-- same id: says what is there. None begins with a version of its graph that is closed.
-- @include fields
-- @include record
-- @include takers
-- @include usage
--
-- @runs  may be the same run more than once
-- @run_key  run      hash  the run
-- @run_key  outputs  hash  gets the trigger's inputs as `t`
-- @run_key  store    hash  gets the first values of the run's store
-- @run_key  runs     zset  runs of the namespace by creation (ms)
-- @run_key  ready    list  ready states of the root
-- @run_key  work     zset  runs with ready states of the root's node
-- @keys runs of the namespace with a label, by creation (ms), zset: by index, from 1
-- @key  deadlines  zset  runs by the instant that ends them (ms)
-- @key  versions   hash  `namespace:graph:version` number of runs that are kept, `namespace:graph` the first version
--                        that is open, see close_versions.lua
-- @key  due        zset  `run:state:node` by due time (ms)
-- @run_arg  run_id        id
-- @run_arg  namespace     id
-- @run_arg  graph         name
-- @run_arg  version       number
-- @run_arg  digest        of the inputs: the same id must come with the same
-- @run_arg  run_ms        ms until the run is ended, from its start
-- @run_arg  priority      number
-- @run_arg  rank          number; with ms it orders the work set, priority first
-- @run_arg  traceparent   W3C trace context, or empty
-- @run_arg  labels        JSON, opaque; or empty
-- @run_arg  trigger       kind of what starts it; empty: API
-- @run_arg  inputs        JSON object, opaque
-- @run_arg  start         ms; the root waits until then; 0, or past: not at all
-- @run_arg  chain         how many ends have led to this run, one starting the next
-- @run_arg  origin        run from which those ends descend: this one, if none have
-- @run_arg  store_bytes   of the store's keys and values
-- @run_arg  nodes         how many node templates the graph has
-- @run_arg  root          number of the root's node template
-- @run_arg  standing      of the root's record
-- @run_arg  wake          what to announce
-- @run_arg  offer         number of the offer of the root's node; 0: none
-- @run_arg  attempt_ms    that one attempt of the root may take; 0: any
-- @arg  wake_channel  where to announce
-- @args takers and offers; for each run: number of its store's first keys, then each with its value: JSON, opaque;
--       number of its labels, then for each the index of its set
-- @returns for each run: {'CREATED'}, with its root's taker and record if it was leased; {'EXISTS', digest} if it is
--          there already; {'CLOSED'} if its version is

local now = now_ms()
local now_text = integer_text(now)

local first_open, runs_of = {}, {}

-- True if no run may begin with the version of its graph any more.
local function is_closed()
  local name = namespace .. ':' .. graph
  first_open[name] = first_open[name] or tonumber(redis.call('HGET', key.versions, name) or 0)
  return tonumber(version) < first_open[name]
end

-- Decides who gets the root. Nothing is written yet.
local function begin_run()
  local record = new_record(STATE.CREATED, now_text, '1', '0', standing)
  local root_state = {starts_later = tonumber(start) > now, record = record}
  local taker = not root_state.starts_later and next_taker(offers[tonumber(offer)], now)
  if taker then
    root_state.taker = taker.place
    root_state.record = lease_to(taker, now, now_text, run_id .. ':1', root_state.record, tonumber(attempt_ms))
  end
  return root_state
end

local function take_entries()
  local entries = {}
  for i = 1, 2 * take_number() do entries[i] = take() end
  return entries
end

local function take_labelled()
  local labelled = {}
  for i = 1, take_number() do labelled[i] = take_key() end
  return labelled
end

local function write_run(root_state)
  redis.call('HSET', key.run,
    'namespace', namespace, 'graph', graph, 'version', version, 'digest', digest, 'priority', priority,
    'traceparent', traceparent, 'nodes', nodes, 'store_bytes', store_bytes, 'status', 'RUNNING', 'created', now_text,
    'seq', '1', 'bytes', integer_text(#inputs + #labels), 'unfinished', '1', 'failed', '0', 'states', '1',
    'chain', chain, 'origin', origin,
    count_field(root, root_state.taker and STATE.QUEUED or STATE.CREATED), '1', '1', root_state.record)
  if labels ~= '' then redis.call('HSET', key.run, 'labels', labels) end
  if trigger ~= '' then redis.call('HSET', key.run, 'trigger', trigger) end
  redis.call('HSET', key.outputs, 't', inputs)
  call_in_chunks('HSET', key.store, take_entries())
  for _, set in ipairs(take_labelled()) do redis.call('ZADD', set, now_text, run_id) end
  local counted = namespace .. ':' .. graph .. ':' .. version
  runs_of[counted] = (runs_of[counted] or 0) + 1
  usage.add(namespace, 'runs', 1)
  usage.add(namespace, 'states', 1)
  usage.add(namespace, 'bytes', #inputs + #labels + tonumber(store_bytes))
  redis.call('ZADD', key.runs, now_text, run_id)
  redis.call('ZADD', key.deadlines, math.max(now, tonumber(start)) + run_ms, run_id)
  if root_state.taker then return {'CREATED', root_state.taker, root_state.record} end
  if root_state.starts_later then
    redis.call('HSET', key.run, 'start', start)
    redis.call('ZADD', key.due, start, run_id .. ':1:' .. root)
  else
    local queue = {ready = key.ready, work = key.work, wake = wake, pushed = {1}}
    push_ready(queue, rank, now, run_id .. ':' .. root, wake_channel)
  end
  return {'CREATED'}
end

take_offers()
local results, begun, digests = {}, {}, {}
for number = 1, run_count do
  local began_at = cursor
  go_to_run(number, began_at)
  local digest_there = digests[run_id] or redis.call('HGET', key.run, 'digest')
  if digest_there then
    results[number] = {'EXISTS', digest_there}
  elseif is_closed() then
    results[number] = {'CLOSED'}
  else
    digests[run_id] = digest
    begun[#begun + 1] = {number = number, began_at = began_at, root_state = begin_run()}
  end
  take_entries()
  take_labelled()
end
write_leases()
for _, one in ipairs(begun) do
  go_to_run(one.number, one.began_at)
  results[one.number] = write_run(one.root_state)
end
for counted, more in pairs(runs_of) do redis.call('HINCRBY', key.versions, counted, more) end
usage.write()
return results
