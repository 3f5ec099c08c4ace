#!lua flags=allow-oom
-- reseal_version: replaces a version by the same with its secrets sealed anew, or without them, if it is still there.
--
-- @key  graph  hash  versions of a graph
-- @arg  version  number
-- @arg  json     of the version, opaque
-- @returns 1; 0 if the version is gone

if redis.call('HEXISTS', key.graph, version) == 0 then return 0 end
redis.call('HSET', key.graph, version, json)
return 1
