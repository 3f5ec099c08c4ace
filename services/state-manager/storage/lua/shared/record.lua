-- The record of a state, packed into one field of the run's hash. `layout/state-record.ts` is the same in TypeScript.
--
--   <status><token>|<times>|<attempt>.<losses>.<retries>[.<group>.<lost>]|<work>|<output>|<standing>|<tail>
--
--   status      a letter of STATE
--   token       of the newest lease; none before the first one. A `~` behind it: the lease was given back with a
--               report, and a second report under it comes too late
--   times       <changed at>+<waited>+<ran>, ms: for how long it had waited when it was leased or ended without that,
--               absent as long as it waits; for how long it was executed, absent until it has ended. Of one that was
--               reported late both begin when it was given back
--   group       of a suspect alone: how many suspects are leased together with it at most; and the leases that it has
--               lost since it is one. A suspect waits in the set of suspects, never in a ready list
--   work        number of the state that was the first attempt; a `*` behind it: the work has emitted
--   output      index of the parent's output that it stands for; `u`: it unites a scope; `u2`: a second time …
--   standing    <node>;<parent>;<scopes>;<refs>[;<corrected>]: the refs are opaque here, and the scopes are
--               <unite>.<execution>.<branch> by commas, with a `*` for the branch of its own output. Corrected:
--               number of the attempt from which on its inputs are other ones in part
--   tail        SUCCESS, EXECUTED: <outputs>,<first child>,<flag> (flag 1: outputs are staged, 2: and routed);
--               RETRY_CREATED: number of the replacement; ERRORED, CANCELLED: `s` if it counts nowhere (any more);
--               SUCCESS of work that has emitted: `c` if it was told to stop before it was at its end.
--               A `!` behind any of these: the state is superseded, and has left the counts of its status
--
-- Children of three outputs, one leased, one that has failed and was replaced by state 5, and their parent:
--
--   2  Qs-1|1700000000000+12|1.0.0|2|0|1;1;2.1.*;0.1.*|
--   3  Rs-1|1700000000040+12+40|1.0.0|3|1|1;1;2.1.*;0.1.*|5
--   1  Ss-1|1699999999988+0+7|1.0.0|1|0|0;0;;|3,2,0

local STATE = {
  CREATED = 'C', QUEUED = 'Q', EXECUTED = 'E', SUCCESS = 'S', ERRORED = 'F', RETRY_CREATED = 'R', PRUNED = 'P',
  CANCELLED = 'X',
}

-- Tails of a failure that counts nowhere, and of work that was told to stop emitting, since no way on was left.
local TAIL = {UNCOUNTED = 's', CUT_OFF = 'c'}

-- Unpacks a record. Nil if the text is none; false is none, either.
local function unpack_record(text)
  local status, token, times, attempts, work, star, output, standing, tail =
    string.match(text or '', '^(%u)([^|]*)|([^|]*)|([^|]*)|(%d+)(%*?)|([^|]*)|([^|]*)|(.*)$')
  if not status then return nil end
  return {
    status = status, token = token, times = times, attempts = attempts, work = work,
    has_emitted = star == '*', output = output, standing = standing, tail = tail,
  }
end

local function pack_record(record)
  return table.concat({
    record.status .. record.token, record.times, record.attempts,
    record.work .. (record.has_emitted and '*' or ''), record.output, record.standing, record.tail,
  }, '|')
end

-- A first attempt that was never leased.
local function new_record(status, now, work, output, standing)
  return status .. '|' .. now .. '|1.0.0|' .. work .. '|' .. output .. '|' .. standing .. '|'
end

-- The following read or change a packed record without a table, since claims and reports do so for every state.

local function status_of(text) return string.sub(text, 1, 1) end
local function token_of(text) return string.match(text, '^%u([^|]*)|') end

-- Node, parent and scopes.
local function standing_of(text) return string.match(text, '^[^;]*|(%d+);(%d+);([^;]*);') end

-- The work, and a `*` if it has emitted. Nil if the text is none.
local function work_of(text) return string.match(text, '^%u[^|]*|[^|]*|[^|]*|(%d+)(%*?)|') end

-- The standing of an attempt whose inputs are corrected, and of those that follow it.
local function corrected_standing(standing, state)
  return string.match(standing, '^[^;]*;[^;]*;[^;]*;[^;]*') .. ';' .. state
end

-- Work, output, node and parent.
local function parentage_of(text)
  return string.match(text, '^%u[^|]*|[^|]*|[^|]*|(%d+)%*?|([^|]*)|(%d+);(%d+);')
end

-- Status, token, and what a change of status needs: times, attempts, work, output and standing.
local function split_record(text) return string.match(text, '^(%u)([^|]*)|(.*|)[^|]*$') end

-- The record in another status, by what `split_record` has kept. One that is CREATED again waits anew. Of an execution
-- that ends with it: also for how long it had waited, and was executed, ms.
local function join_record(status, token, now, kept, tail)
  local since, waited, rest = string.match(kept, '^(%d+)%+?(%d*)[^|]*(|.*)$')
  if status == STATE.CREATED then return status .. token .. '|' .. now .. rest .. tail end
  local span = math.max(0, now - since)
  if waited == '' then return status .. token .. '|' .. now .. '+' .. integer_text(span) .. rest .. tail end
  local times = now .. '+' .. waited .. '+' .. integer_text(span)
  return status .. token .. '|' .. times .. rest .. tail, tonumber(waited), span
end

-- Adds to what `split_record` has kept that the state was executed all the same since it was given back.
local function kept_executing(kept) return (string.gsub(kept, '^%d+', '%0+0')) end

-- Other attempts in what `split_record` has kept.
local function with_attempts(kept, attempts)
  local times, rest = string.match(kept, '^([^|]*|)[^|]*(|.*)$')
  return times .. attempts .. rest
end

-- True if the work has emitted, by what `split_record` has kept.
local function has_emitted(kept) return string.find(kept, '^[^|]*|[^|]*|%d+%*|') ~= nil end

-- The record with the mark that its work has emitted.
local function with_emits(text) return (string.gsub(text, '^([^|]*|[^|]*|[^|]*|%d+)|', '%1*|', 1)) end

-- The record of the same state once it is leased; nil if it is not CREATED, or a suspect.
local function leased_record(text, token, now)
  local since, rest = string.match(text, '^C[^|]*|(%d+)(|%d+%.%d+%.%d+|.*)$')
  return rest and 'Q' .. token .. '|' .. now .. '+' .. integer_text(math.max(0, now - since)) .. rest
end

-- The same of a suspect; nil if it is not CREATED, or none.
local function leased_suspect(text, token, now)
  local since, rest = string.match(text, '^C[^|]*|(%d+)(|%d+%.%d+%.%d+%.%d+%.%d+|.*)$')
  return rest and 'Q' .. token .. '|' .. now .. '+' .. integer_text(math.max(0, now - since)) .. rest
end

-- True if the state is a suspect, by what `split_record` has kept.
local function is_suspect(kept) return string.find(kept, '^[^|]*|%d+%.%d+%.%d+%.') ~= nil end

-- The record of a failure that counts no more; nil if the text is no failure that counts.
local function uncounted_record(text) return string.match(text, '^[FX].*|$') and text .. TAIL.UNCOUNTED end

-- The record of a state that has ended once it is superseded; nil if it has not ended, or was superseded before.
local function superseded_record(text)
  return string.match(text, '^[SFRPX].*[^!]$') and text .. '!'
end

local function pack_fan_out(total, first_child, flag) return total .. ',' .. first_child .. ',' .. flag end
local function unpack_fan_out(tail) return string.match(tail, '^(%d+),(%d+),(%d)!?$') end

-- Instances instead of outputs: a uniting state has no output of its parent, it is an instance of the scope.
local function is_uniting(output) return string.sub(output, 1, 1) == 'u' end
local function uniting_output(instance) return instance == 1 and 'u' or 'u' .. instance end
local function instance_of(output) return tonumber(string.sub(output, 2)) or 1 end
