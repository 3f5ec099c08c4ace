#!lua flags=no-writes
-- missing_emits: lists which staged outputs are not there, as ranges.
--
-- @key  staged  hash  outputs by index
-- @arg  from    index
-- @arg  to      index, not included; at most 1,000 more
-- @returns {first, end, …}: half-open ranges of what is missing

local result, was_missing = {}, false
for index = tonumber(from), tonumber(to) do
  local is_missing = index < tonumber(to) and redis.call('HEXISTS', key.staged, index) == 0
  if is_missing ~= was_missing then result[#result + 1] = index end
  was_missing = is_missing
end
return result
