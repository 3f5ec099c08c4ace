#!lua flags=allow-oom
-- drop_version: removes an old version of a graph. The caller has found it closed on every shard, and no run there.
--
-- @key  graph          hash  versions of this graph
-- @key  old_versions   zset  `namespace:graph:version`, by when to look whether it can go (ms)
-- @key  named_nodes    hash  number of kept versions that name a node, by node name
-- @key  kept_versions  hash  number of versions that are kept, by namespace
-- @arg  namespace  of the graph
-- @arg  version    number
-- @arg  member     of `old_versions`, as it was looked at
-- @args number of nodes that the version names, then each
-- @returns 1; 0 if it was gone already

redis.call('ZREM', key.old_versions, member)
if redis.call('HDEL', key.graph, version) == 0 then return 0 end
local function count_down(counts, field)
  if redis.call('HINCRBY', counts, field, -1) <= 0 then redis.call('HDEL', counts, field) end
end
count_down(key.kept_versions, namespace)
for _ = 1, take_number() do count_down(key.named_nodes, take()) end
return 1
