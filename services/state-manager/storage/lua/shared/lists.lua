-- What a run lists, so that a few of its states, scopes or branches are found without a look at all of them.
-- `layout/run-lists.ts` is the same in TypeScript.
-- @include fields

-- States that have failed: the set `failed_states` has those of two statuses. Scores of one status follow each other
-- by the numbers of its states; those that are superseded stand apart.
local FAILED_SCORES = {F = 1e12, R = 2e12}
local SUPERSEDED_SCORES = {F = 3e12, R = 4e12}

-- The score of a state among `scores`; nil if its status is none of these.
local function failed_score(scores, status, state)
  local first = scores[status]
  return first and integer_text(first + state)
end

-- Other lists are bits in fields of the run's hash, each for a block of 52 numbers that follow each other: a whole
-- number, with 2^i for the i-th of the block. A double has no more than 53 bits. Sets would take more memory than what
-- they list, and commands of their own.
--
-- States 53 and 54 have opened scopes; of the scope 2.1 branches 0, 1 and 53 have finished:
--
--   s1      6
--   f2.1.0  3
--   f2.1.1  2
local LIST_BLOCK = 52

-- The field that tells of a number, and its bit there.
local function bit_of(list, number)
  return list .. math.floor(number / LIST_BLOCK), 2 ^ (number % LIST_BLOCK)
end

-- Tells that a state has opened scopes. Nil for the first block: where a look at all of its states costs next to
-- nothing, so that small runs have no list.
local function opened_bit(execution)
  if tonumber(execution) >= LIST_BLOCK then return bit_of('s', execution) end
end

-- Branches that a scope has at least for those to be listed that have finished.
local WIDE_SCOPE = 256

-- Tells that a branch of a wide scope has finished, in this generation. One without a bit may have finished, too: while
-- its scope was narrow, or at its very beginning. So a scope may grow.
local function finished_bit(scope_id, branch_id) return bit_of('f' .. scope_id .. '.', branch_id) end

-- Tells of one that is listed as finished that it has failed, or was pruned. The others have succeeded.
local function failed_bit(scope_id, branch_id) return bit_of('d' .. scope_id .. '.', branch_id) end
local function pruned_bit(scope_id, branch_id) return bit_of('e' .. scope_id .. '.', branch_id) end

-- The bits of a block after some have changed: each is to be set, or to be cleared if it is negative.
local function change_bits(bits, changes)
  for _, change in ipairs(changes) do
    local has_bit = math.floor(bits / math.abs(change)) % 2 == 1
    if has_bit ~= (change > 0) then bits = bits + change end
  end
  return bits
end
