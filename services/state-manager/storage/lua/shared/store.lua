-- The run's key-value data: applies changes to values in memory, and writes what comes of them. A value is JSON without
-- white space around it, so its first character tells its type.
--
-- @run_key  run    hash  the run; `store_bytes` is the size of its store
-- @run_key  store  hash  JSON by key, opaque
-- @args changes: number of them; if there are any: how many keys there may be at most, bytes in all, of a value, of a
--       list that is appended to, and of the store with all that the run has been given; then for each change: `set`,
--       `delete`, `increment` or `append`, key, JSON or number

-- Reads changes; nil if there are none.
local function take_changes()
  local number = take_number()
  if number == 0 then return nil end
  local changes = {}
  changes.max_keys, changes.max_bytes, changes.max_value = take_number(), take_number(), take_number()
  changes.max_list, changes.max_payload = take_number(), take_number()
  for i = 1, number do changes[i] = {kind = take(), name = take(), operand = take()} end
  return changes
end

-- Reads the sizes of the store. `given`: bytes that the run has been given otherwise.
local function load_store()
  local size, given = unpack(redis.call('HMGET', key.run, 'store_bytes', 'bytes'))
  return {values = {}, bytes = tonumber(size or 0), given = tonumber(given or 0), keys = redis.call('HLEN', key.store)}
end

-- The value of a key, as the changes so far have made it. A value never changes: it has `bytes` (0: there is none), and
-- is stored under a `name`, is a `text`, or is the list `before` with one more `item`.
local function value_in(store, name)
  local value = store.values[name]
  if not value then
    value = {name = name, bytes = redis.call('HSTRLEN', key.store, name)}
    store.values[name] = value
  end
  return value
end

local function text_of(value)
  if value.text then return value.text end
  if value.name then
    value.text = redis.call('HGET', key.store, value.name)
    return value.text
  end
  local items, list = {}, value
  while list.before do
    items[#items + 1] = list.item
    list = list.before
  end
  local text = text_of(list)
  local parts = {string.sub(text, 1, -2)}
  for i = #items, 1, -1 do
    if #parts > 1 or text ~= '[]' then parts[#parts + 1] = ',' end
    parts[#parts + 1] = items[i]
  end
  parts[#parts + 1] = ']'
  value.text = table.concat(parts)
  return value.text
end

-- The shortest text that reads as the same number.
local function number_text(number)
  if number == 0 then return '0' end
  if number == math.floor(number) and math.abs(number) <= 9007199254740992 then return string.format('%.0f', number) end
  for digits = 15, 16 do
    local text = string.format('%.' .. digits .. 'g', number)
    if tonumber(text) == number then return text end
  end
  return string.format('%.17g', number)
end

-- The number that a text is. Nil if it is none; false if no double holds it: then it is not counted with, and only
-- compared as text. Doubles are written with up to 17 digits, and those below 2.3e-308 hold fewer.
local function number_in(text)
  if not string.find(text, '^[-%d]') then return nil end
  local number = #text <= 32 and tonumber(text)
  if not number or number - number ~= 0 then return false end
  local function digits_of(written)
    local digits = string.gsub(string.match(written, '^-?([%d.]+)'), '%.', '')
    return string.match(string.gsub(digits, '^0+', ''), '^(.-)0*$')
  end
  local digits = digits_of(text)
  if digits ~= '' and math.abs(number) < 2.3e-308 then return false end
  return (#digits <= 15 or digits == digits_of(number_text(number))) and number
end

local function number_of(value)
  if value.before then return nil end
  return number_in(text_of(value))
end

-- Whole numbers are exact up to here.
local max_exact = 9007199254740991

-- The value after a change; or nil, and the rule that the change breaks.
local function changed_value(value, change)
  local kind, operand = change.kind, change.operand
  if kind == 'set' then return {text = operand, bytes = #operand} end
  if kind == 'delete' then return {bytes = 0} end
  if kind == 'increment' then
    local number = value.bytes == 0 and 0 or number_of(value)
    if number == nil then return nil, 'NOT_A_NUMBER' end
    local by = tonumber(operand)
    if not number or math.max(math.abs(number), math.abs(by), math.abs(number + by)) > max_exact then
      return nil, 'NOT_EXACT'
    end
    local sum = number + by
    local text = number_text(sum)
    return {text = text, bytes = #text}
  end
  if value.bytes == 0 then return {text = '[' .. operand .. ']', bytes = #operand + 2} end
  if not value.before and string.sub(text_of(value), 1, 1) ~= '[' then return nil, 'NOT_A_LIST' end
  return {before = value, item = operand, bytes = value.bytes + #operand + (value.bytes > 2 and 1 or 0)}
end

-- Applies all changes, or none: then it returns the rule that is broken and the key, `RULE key`.
local function apply_changes(store, changes)
  local before, bytes_before, keys_before = {}, store.bytes, store.keys
  for _, change in ipairs(changes) do
    local name = change.name
    local old = value_in(store, name)
    local new, rule = changed_value(old, change)
    if new then
      local growth = new.bytes - old.bytes
      local created = (new.bytes > 0 and 1 or 0) - (old.bytes > 0 and 1 or 0)
      store.keys, store.bytes = store.keys + created, store.bytes + growth + created * #name
      if growth > 0 and new.bytes > changes.max_value then rule = 'VALUE_TOO_LARGE'
      elseif change.kind == 'append' and new.bytes > changes.max_list then rule = 'LIST_TOO_LARGE'
      elseif growth > 0 and store.bytes + store.given > changes.max_payload then rule = 'PAYLOAD_TOO_LARGE'
      elseif created > 0 and store.keys > changes.max_keys then rule = 'TOO_MANY_KEYS'
      elseif growth > 0 and store.bytes > changes.max_bytes then rule = 'STORE_TOO_LARGE' end
    end
    if rule then
      for touched, value in pairs(before) do store.values[touched] = value end
      store.bytes, store.keys = bytes_before, keys_before
      return rule .. ' ' .. name
    end
    before[name] = before[name] or old
    store.values[name] = new
  end
  return nil
end

local function write_store(store)
  local changed, deleted = {}, {}
  for name, value in pairs(store.values) do
    if value.bytes == 0 then
      deleted[#deleted + 1] = name
    elseif not value.name then
      changed[#changed + 1], changed[#changed + 2] = name, text_of(value)
    end
  end
  call_in_chunks('HSET', key.store, changed)
  call_in_chunks('HDEL', key.store, deleted)
  redis.call('HSET', key.run, 'store_bytes', store.bytes)
end
