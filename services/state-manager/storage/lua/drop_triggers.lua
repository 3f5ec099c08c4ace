#!lua flags=allow-oom
-- drop_triggers: ends all triggers of a graph that is not stored any more.
--
-- @key  graphs     hash  newest version by graph name
-- @key  triggers   list  this graph's: `s` and a schedule, or `l` and a listener
-- @key  schedules  zset  schedules by their next slot (ms)
-- @key  started    hash  the newest started slot by schedule
-- @key  listeners  zset  `namespace:graph:graph to start`, all with score 0
-- @arg  name       of the graph
-- @include triggers
-- @returns 1; 0 if the graph is stored

if redis.call('HEXISTS', key.graphs, name) == 1 then return 0 end
remove_triggers({})
return 1
