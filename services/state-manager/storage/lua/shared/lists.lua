-- What a run lists, so that a few of its states are found without a look at all of them.
-- `layout/run-lists.ts` is the same in TypeScript.
-- @include fields

-- States that have failed: the set `failed_states` has those of two statuses. Scores of one status follow each other
-- by the numbers of its states.
local FAILED_SCORES = {F = 1e12, R = 2e12}

-- The score of a state; nil if its status is none of these.
local function failed_score(status, state)
  local first = FAILED_SCORES[status]
  return first and integer_text(first + state)
end
