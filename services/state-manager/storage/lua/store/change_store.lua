#!lua
-- change_store: changes one key of the run's store at once, for the holder of a lease. Refused when Redis is full,
-- unlike the changes of a report: a runtime that asks can wait.
-- @include record
-- @include store
-- @include usage
--
-- @key  made  string  `number:value` of the newest numbered change under this lease; gone by itself
-- @arg  state     number
-- @arg  token     lease token
-- @arg  number    of the change, or 0: it has none. The newest one again is answered as before, and not made twice
-- @arg  ttl       ms that the answer is kept
-- @arg  expects   json: the value must be `expected`; absent: there must be none; empty: whatever it is
-- @arg  expected  JSON, as it would be stored
-- @returns {'OK', new value of an increment, else empty}; {'OTHER'[, value]} if it is not as expected;
--          {'INVALID', 'RULE key'}; {'STALE'}; {'LATE'} if a later number was made

local record = redis.call('HGET', key.run, state) or ''
if status_of(record) ~= STATE.QUEUED or token_of(record) ~= token then return {'STALE'} end
if number ~= '0' then
  local newest, answer = string.match(redis.call('GET', key.made) or '', '^(%d+):(.*)$')
  if newest == number then return {'OK', answer} end
  if newest and tonumber(newest) > tonumber(number) then return {'LATE'} end
end
local changes = take_changes()
local change, store = changes[1], load_store()
local value = value_in(store, change.name)
if expects ~= '' then
  local text = value.bytes > 0 and text_of(value) or nil
  local same = text == nil and expects == 'absent'
  if text and expects == 'json' then
    local found = number_in(text)
    same = text == expected or (found and found == number_in(expected)) or false
  end
  if not same then return {'OTHER', text} end
end
local rule = apply_changes(store, changes)
if rule then return {'INVALID', rule} end

local answer = change.kind == 'increment' and store.values[change.name].text or ''
local before, namespace = unpack(redis.call('HMGET', key.run, 'store_bytes', 'namespace'))
usage.add(namespace, 'bytes', store.bytes - tonumber(before or 0))
usage.write()
write_store(store)
if number ~= '0' then redis.call('SET', key.made, number .. ':' .. answer, 'PX', ttl) end
return {'OK', answer}
