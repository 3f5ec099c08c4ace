#!lua flags=allow-oom
-- see_nodes: notes that runtimes offer nodes now. Their number is limited, so that a full Redis notes them, too: what
-- runs completes with whoever connects.
--
-- @key  seen_nodes   zset  `namespace:node`, by when a runtime was last seen to offer it (ms)
-- @args members
-- @returns nothing

local now = now_ms()
for i = cursor + 1, #ARGV do redis.call('ZADD', key.seen_nodes, now, ARGV[i]) end
