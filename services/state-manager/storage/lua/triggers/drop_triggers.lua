#!lua flags=allow-oom
-- drop_triggers: ends all triggers of a graph that is not stored any more.
-- @include triggers
--
-- @key  graphs  hash  newest version by graph name
-- @arg  name    of the graph
-- @returns 1; 0 if the graph is stored

if redis.call('HEXISTS', key.graphs, name) == 1 then return 0 end
remove_triggers({})
return 1
