#!lua
-- trigger: creates a run with its root state. Again with the same id: says what is there.
-- @include fields
-- @include record
--
-- @key  run        hash  the run
-- @key  outputs    hash  gets the trigger's inputs as `t`
-- @key  runs       zset  runs of the namespace by creation (ms)
-- @key  store      hash  gets the first values of the run's store
-- @key  ready      list  ready states of the root
-- @key  deadlines  zset  runs by the instant that ends them (ms)
-- @key  work       zset  runs with ready states of the root's node
-- @key  due        zset  `run:state:node` by due time (ms)
-- @arg  run_id        id
-- @arg  namespace     id
-- @arg  graph         name
-- @arg  version       number
-- @arg  digest        of the inputs: the same id must come with the same
-- @arg  run_ms        ms until the run is ended, from its start
-- @arg  priority      number
-- @arg  rank          number; with ms it orders the work set, priority first
-- @arg  traceparent   W3C trace context, or empty
-- @arg  inputs        JSON object, opaque
-- @arg  start         ms; the root waits until then; 0, or past: not at all
-- @arg  chain         how many ends have led to this run, one starting the next
-- @arg  store_bytes   of the store's keys and values
-- @arg  nodes         how many node templates the graph has
-- @arg  root          number of the root's node template
-- @arg  standing      of the root's record
-- @arg  wake          what to announce
-- @arg  wake_channel  where
-- @args the store's first keys, each with its value: JSON, opaque
-- @returns {'CREATED'}; {'EXISTS', digest} if the run is there already

local digest_there = redis.call('HGET', key.run, 'digest')
if digest_there then return {'EXISTS', digest_there} end
local now = now_ms()
redis.call('HSET', key.run,
  'namespace', namespace, 'graph', graph, 'version', version, 'digest', digest, 'priority', priority,
  'traceparent', traceparent, 'nodes', nodes, 'store_bytes', store_bytes, 'status', 'RUNNING', 'created', now, 'seq', 1,
  'bytes', #inputs, 'unfinished', 1, 'failed', 0, 'states', 1, 'chain', chain,
  count_field(root, STATE.CREATED), 1, '1', new_record(STATE.CREATED, now, 1, 0, standing))
redis.call('HSET', key.outputs, 't', inputs)
local entries = {}
for i = cursor + 1, #ARGV do entries[#entries + 1] = ARGV[i] end
call_in_chunks('HSET', key.store, entries)
redis.call('ZADD', key.runs, now, run_id)
redis.call('ZADD', key.deadlines, math.max(now, tonumber(start)) + run_ms, run_id)
if tonumber(start) > now then
  redis.call('HSET', key.run, 'start', start)
  redis.call('ZADD', key.due, start, run_id .. ':1:' .. root)
  return {'CREATED'}
end
local queue = {ready = key.ready, work = key.work, wake = wake, pushed = {1}}
push_ready(queue, rank, now, run_id .. ':' .. root, wake_channel)
return {'CREATED'}
