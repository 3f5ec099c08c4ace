#!lua flags=allow-oom
-- drop_nodes: removes nodes of a namespace that no runtime has offered for long. One that a kept version of a graph
-- names stays, and is looked at again.
--
-- @key  nodes        hash  JSON by node name
-- @key  named_nodes  hash  number of kept versions that name a node, by node name
-- @key  seen_nodes   zset  `namespace:node`, by when a runtime was last seen to offer it (ms)
-- @arg  namespace  of the nodes
-- @arg  unseen     ms for which no runtime has offered it
-- @arg  again      ms until one that is named is looked at again
-- @args number of nodes, then each
-- @returns how many were removed

local before, removed = now_ms() - tonumber(unseen), 0
for _ = 1, take_number() do
  local node = take()
  local member = namespace .. ':' .. node
  local seen = tonumber(redis.call('ZSCORE', key.seen_nodes, member) or math.huge)
  -- Offered again since it was found.
  local is_unseen = seen <= before
  if is_unseen and redis.call('HEXISTS', key.named_nodes, node) == 1 then
    redis.call('ZADD', key.seen_nodes, before + tonumber(again), member)
  elseif is_unseen then
    redis.call('ZREM', key.seen_nodes, member)
    removed = removed + redis.call('HDEL', key.nodes, node)
  end
end
return removed
