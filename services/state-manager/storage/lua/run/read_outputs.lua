#!lua flags=no-writes
-- read_outputs: reads outputs in the order in which they are asked for, until they have so many bytes: nobody knows
-- their sizes before, and what is read together has to fit into memory.
--
-- @keys hashes of outputs
-- @arg  max_bytes  bytes after which no more are read
-- @arg  at_least   outputs that are read whatever their size
-- @args outputs, one hash after the other: its place among the keys, how many fields of it follow, and those
-- @returns what was read, in order, nil where there is none

-- Redis holds at most so many outputs more than were asked for.
local most_at_once = 32

local limit, needed = tonumber(max_bytes), tonumber(at_least)
local result, bytes, at_once = {}, 0, 1
while cursor < #ARGV do
  local outputs, count = take_key(), take_number()
  local last = cursor + count
  while cursor < last do
    if bytes >= limit and #result >= needed then return result end
    local to = math.min(cursor + at_once, last)
    for _, value in ipairs(redis.call('HMGET', outputs, unpack(ARGV, cursor + 1, to))) do
      result[#result + 1] = value
      bytes = bytes + (value and #value or 0)
    end
    cursor, at_once = to, math.min(2 * at_once, most_at_once)
  end
end
return result
