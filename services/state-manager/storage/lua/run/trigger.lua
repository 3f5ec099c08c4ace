#!lua
-- trigger: creates runs, each with its root state, which is leased at once where a session takes it. Again with the
-- same id: says what is there.
-- @include fields
-- @include record
-- @include takers
--
-- @runs  may be the same run more than once
-- @run_key  run      hash  the run
-- @run_key  outputs  hash  gets the trigger's inputs as `t`
-- @run_key  store    hash  gets the first values of the run's store
-- @run_key  runs     zset  runs of the namespace by creation (ms)
-- @run_key  ready    list  ready states of the root
-- @run_key  work     zset  runs with ready states of the root's node
-- @key  deadlines  zset  runs by the instant that ends them (ms)
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
-- @run_arg  inputs        JSON object, opaque
-- @run_arg  start         ms; the root waits until then; 0, or past: not at all
-- @run_arg  chain         how many ends have led to this run, one starting the next
-- @run_arg  store_bytes   of the store's keys and values
-- @run_arg  nodes         how many node templates the graph has
-- @run_arg  root          number of the root's node template
-- @run_arg  standing      of the root's record
-- @run_arg  wake          what to announce
-- @run_arg  offer         number of the offer of the root's node; 0: none
-- @run_arg  attempt_ms    that one attempt of the root may take; 0: any
-- @arg  wake_channel  where to announce
-- @args takers and offers; for each run: number of its store's first keys, then each with its value: JSON, opaque
-- @returns for each run: {'CREATED'}, with its root's taker and record if it was leased; {'EXISTS', digest} if it is
--          there already

local now = now_ms()

local function create_run()
  local starts_later = tonumber(start) > now
  local taker = not starts_later and next_taker(offers[tonumber(offer)])
  local record = new_record(STATE.CREATED, now, 1, 0, standing)
  if taker then record = lease_to(taker, now, run_id .. ':1', record, tonumber(attempt_ms)) end
  redis.call('HSET', key.run,
    'namespace', namespace, 'graph', graph, 'version', version, 'digest', digest, 'priority', priority,
    'traceparent', traceparent, 'nodes', nodes, 'store_bytes', store_bytes, 'status', 'RUNNING', 'created', now,
    'seq', 1, 'bytes', #inputs, 'unfinished', 1, 'failed', 0, 'states', 1, 'chain', chain,
    count_field(root, taker and STATE.QUEUED or STATE.CREATED), 1, '1', record)
  redis.call('HSET', key.outputs, 't', inputs)
  local entries = {}
  for i = 1, 2 * take_number() do entries[i] = take() end
  call_in_chunks('HSET', key.store, entries)
  redis.call('ZADD', key.runs, now, run_id)
  redis.call('ZADD', key.deadlines, math.max(now, tonumber(start)) + run_ms, run_id)
  if taker then return {'CREATED', taker.place, record} end
  if starts_later then
    redis.call('HSET', key.run, 'start', start)
    redis.call('ZADD', key.due, start, run_id .. ':1:' .. root)
  else
    local queue = {ready = key.ready, work = key.work, wake = wake, pushed = {1}}
    push_ready(queue, rank, now, run_id .. ':' .. root, wake_channel)
  end
  return {'CREATED'}
end

take_offers(now)
local results = {}
for number = 1, run_count do
  go_to_run(number, cursor)
  local digest_there = redis.call('HGET', key.run, 'digest')
  if digest_there then
    for _ = 1, 2 * take_number() do take() end
    results[number] = {'EXISTS', digest_there}
  else
    results[number] = create_run()
  end
end
write_leases()
return results
