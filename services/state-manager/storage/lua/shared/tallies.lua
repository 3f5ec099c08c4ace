-- What a run tallies of each node template: all that ever was, also what was replaced or superseded since. One field of
-- the run's hash has it, letters with a number behind each, in no order. `layout/tallies.ts` reads the same.
--
--   A to L  executions that have ended, by how long their states had waited; the sum is their number
--   a to l  the same ones, by for how long they were executed
--   o       outputs
--   r       states that have replaced one that had failed, or was cancelled
--
-- Times lie in twelve buckets: the first one has what took less than 1 ms, each further one goes to four times as much,
-- and the last one has the rest. Of two executions the first waited for 12 ms, ran for 300 ms and returned three
-- outputs, and the second did not wait, failed after 40 ms and was tried again:
--
--   n1  C1A1f1d1o3r1
-- @include fields

local TALLY = {OUTPUTS = 'o', RETRIES = 'r'}

-- The letter of a time in whole ms, with that of the first bucket: one bucket for every two bits that it has.
local function bucket_of(first, ms)
  local _, bits = math.frexp(ms)
  return string.char(first + math.min(math.ceil(bits / 2), 11))
end
local function waited_bucket(ms) return bucket_of(65, ms) end
local function ran_bucket(ms) return bucket_of(97, ms) end

-- The packed tallies with more.
local function add_tallies(packed, more)
  for what, number in string.gmatch(packed, '(%a)(%d+)') do more[what] = (more[what] or 0) + tonumber(number) end
  local parts = {}
  for what, number in pairs(more) do
    if number > 0 then parts[#parts + 1] = what .. integer_text(number) end
  end
  return table.concat(parts)
end
