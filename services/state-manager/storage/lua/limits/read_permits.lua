#!lua flags=no-writes
-- read_permits: tells what is free of rate limits.
-- @include permits
--
-- @keys for each limit: its permits (string), its line (zset of states by arrival)
-- @args number of limits, then for each: how many permits, within how long (ms)
-- @returns for each: number of permits that are free now, ms until the next ones are (0: some are), how many these are,
--          and how many states stand in its line

local now, result = now_ms(), {}
for i = 1, take_number() do
  local limit = read_permits(KEYS[fixed_keys + 2 * i - 1], take_number(), take_number(), now)
  local free, next_ms, coming = outlook(limit, now)
  for _, value in ipairs({free, next_ms, coming, redis.call('ZCARD', KEYS[fixed_keys + 2 * i])}) do
    result[#result + 1] = value
  end
end
return result
