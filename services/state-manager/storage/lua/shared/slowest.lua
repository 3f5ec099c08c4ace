-- The slowest executions of each node template of a run: up to a hundred, which ran for 10 ms at least.
-- @include step
--
-- @run_key  slowest  zset  numbers of states by node and how long they ran

local SLOW_MS, SLOWEST = 10, 100

-- Scores of one node follow each other by time, ms. `layout/run-lists.ts` has the same.
local SLOWEST_NODE = 1e11

-- Keeps an execution for `write_slowest`.
local function note_slow(node, state, ran)
  local list = step.slow[node]
  if not list then
    list = {}
    step.slow[node] = list
  end
  list[#list + 1], list[#list + 2] = node * SLOWEST_NODE + math.min(ran, SLOWEST_NODE - 1), state
end

-- Writes those that are among the slowest. Cannot fail.
local function write_slowest(slow)
  for node, list in pairs(slow) do
    local first, past = integer_text(node * SLOWEST_NODE), '(' .. integer_text((node + 1) * SLOWEST_NODE)
    local listed, least = redis.call('ZCOUNT', key.slowest, first, past), 0
    if listed >= SLOWEST then
      least = tonumber(redis.call('ZRANGEBYSCORE', key.slowest, first, past, 'WITHSCORES', 'LIMIT', 0, 1)[2])
    end
    local added = {}
    for i = 1, #list, 2 do
      if list[i] > least then added[#added + 1], added[#added + 2] = integer_text(list[i]), list[i + 1] end
    end
    call_in_chunks('ZADD', key.slowest, added)
    local excess = listed + #added / 2 - SLOWEST
    if excess > 0 then
      local rank_of_first = redis.call('ZCOUNT', key.slowest, '-inf', '(' .. first)
      redis.call('ZREMRANGEBYRANK', key.slowest, rank_of_first, rank_of_first + excess - 1)
    end
  end
end
