#!lua flags=allow-oom
-- delete_graph: hides a graph with all its versions, and ends its triggers; later ones go on counting from there. Each
-- of them is an old one now.
-- @include triggers
-- @include old_versions
--
-- @key  graphs   hash  newest version by graph name
-- @key  deleted  hash  highest version that is deleted, by graph name
-- @returns how many versions it had been given in all; 0 if it is not there

local version = redis.call('HGET', key.graphs, name)
if not version then return 0 end
redis.call('HSET', key.deleted, name, version)
redis.call('HDEL', key.graphs, name)
remove_triggers({})
make_old(tonumber(version))
return tonumber(version)
