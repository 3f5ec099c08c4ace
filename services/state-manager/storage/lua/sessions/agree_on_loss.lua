#!lua flags=allow-oom
-- agree_on_loss: keeps what was found of lost sessions, unless it was found before.
--
-- @key  loss   string  JSON, what was found first of one session; gone by itself
-- @arg  found  JSON (opaque)
-- @arg  ttl    ms for which it is kept
-- @keys the same of all sessions that were lost with it
-- @returns what was found first of the session

local first = redis.call('GET', key.loss)
if first then return first end
for _, name in ipairs(KEYS) do redis.call('SET', name, found, 'PX', ttl, 'NX') end
return found
