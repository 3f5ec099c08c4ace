#!lua flags=allow-oom
-- note_looks: notes what was found of old versions of graphs that stay for now, and when to look at them again.
--
-- @key  old_versions  zset  `namespace:graph:version`, with `:u` behind it if no run used it, by when to look (ms)
-- @args number of looks, then for each: member as it was found, member as it is from now on, ms until the next look
-- @returns 1

local now = now_ms()
for _ = 1, take_number() do
  local before, after, again = take(), take(), take_number()
  -- One that another state manager has removed meanwhile does not come back.
  if redis.call('ZREM', key.old_versions, before) == 1 then redis.call('ZADD', key.old_versions, now + again, after) end
end
return 1
