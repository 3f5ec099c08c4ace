-- Names of the fields of a run's hash, and of members of the run's sorted sets. `layout/run-fields.ts` has the same
-- names for TypeScript, and tells what lies in each field. The record of a state lies under the state's bare number.

local function count_field(node, status) return 'c' .. node .. '.' .. status end
local function superseded_field(node) return 'g' .. node end
local function tally_field(node) return 'n' .. node end
local function scope_field(scope_id) return 'u' .. scope_id end
local function branch_field(scope_id, branch_id) return 'b' .. scope_id .. '.' .. branch_id end
local function window_field(scope_id, instance) return 'w' .. scope_id .. '.' .. instance end
local function timer_field(scope_id) return 't' .. scope_id end
local function pause_field(mark) return 'h' .. mark end
local function reason_field(mark) return 'k' .. mark end
local function unparked_field(node) return 'p' .. node end
local function expanded_field(state) return 'x' .. state end
local function accepted_field(work) return 'y' .. work end
local function block_field(work, block) return 'o' .. work .. '.' .. block end

-- Numbers have ten digits where their order counts.
local function failure_prefix(scope_id, branch_id) return scope_id .. ':' .. string.format('%010d:', branch_id) end
local function failure_member(scope_id, branch_id, state) return failure_prefix(scope_id, branch_id) .. state end
local function window_prefix(scope_id, window) return scope_id .. ':' .. string.format('%010d:', window) end
local function window_member(scope_id, window, branch_id)
  return window_prefix(scope_id, window) .. string.format('%010d', branch_id)
end

-- A job in the set `cancelling`: `s` a scope that closed early, `r` all of the run, `b` what grew from a state, `g` a
-- uniting state that is superseded, and what grew from it, `p` parked states that a resume lets go.
local function job_member(run_id, kind, name) return run_id .. ':' .. kind .. ':' .. name end
local function timer_member(run_id, scope_id) return run_id .. ':' .. scope_id end
local function execution_of(scope_id) return string.match(scope_id, '%.(%d+)$') end

-- Outputs of an open fan-out whose children have numbers that follow each other, and the block that an output is in.
local EMIT_BLOCK = 64
local function block_of(output) return math.floor(output / EMIT_BLOCK) end
