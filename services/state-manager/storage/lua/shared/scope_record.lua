-- The records of a scope, of its branches and of its windows, packed into fields of the run's hash.
-- `layout/scope-record.ts` is the same in TypeScript. A scope is called `<unite>.<execution>`.
--
-- A scope:
--
--   <status>|<total>|<unfinished>|<succeeded>|<failed>|<pruned>|<left out>|<result>|<instances>|<since>|<generation>|
--   <whole since>|<fresh>|<sealed>|<held by>|<tokens>|<delivers>|<policy>|<node>|<outers>|<standing>
--
--   status      a letter of SCOPE
--   total       branches; unfinished, succeeded, failed, pruned ones and those left out add up to it
--   left out    by an earlier generation: nobody waits for them
--   result      number of the newest uniting state, or nothing
--   instances   how many uniting states there were
--   since       the first instance of this generation
--   generation  how often it was opened: 1, and one more with each retry by hand that opens it again
--   whole since the generation that left branches of earlier ones out for good, since they had fired without them; 1
--   fresh       branches that have succeeded since the last window
--   sealed      1: no more branches follow; 2: it has closed before its execution told that
--   held by     number of the superseded uniting state: until that is swept, and what its closing had cancelled is
--               back, the scope is not decided; or nothing. Behind it a `!`: the scope would have been decided
--               meanwhile; a `~`: that is done
--   tokens      that a branch has at its beginning
--   delivers    1: a branch has delivered at its beginning
--   policy      <strategy>,<limit>,<fail fast>,<timeout ms>,<branches of a window>,<ms of a window>
--   outers      scopes that the uniting state will stand in, <unite>.<execution>.<branch>.<counts a failure> by commas
--   standing    of the uniting state
--
-- Three branches of state 1, one of them finished, for a unite that is node 2:
--
--   u2.1  O|3|2|1|0|0|0||0|1|1|1|0|1||1|0|S,0,0,0,0,0|2||2;1;;
--
-- A branch is <tokens>,<flags>[,<generation>]. Flags: 1 delivered, 2 failed, 4 left out by a scope that gave up, which
-- takes it back when it is opened again. The generation is the one that it counts in, absent for the first; 0: its
-- scope has fired without it. A branch that is as the scope says (tokens, delivers) has no field, and neither has one
-- that succeeded, unless the policy can close early.
--
-- A window that has fired is <uniting state>|<total>|<unfinished>|<succeeded>|<failed>|<pruned>|<window>.

local SCOPE = {OPEN = 'O', FIRED = 'F', GAVE_UP = 'G', CANCELLED = 'X'}

local scope_pattern =
  '^(%u)|(%d+)|(%d+)|(%d+)|(%d+)|(%d+)|(%d+)|(%d*)|(%d+)|(%d+)|(%d+)|(%d+)|(%d+)|(%d)|(%d*)([~!]?)|(%d+)|(%d)|'
  .. '([^|]*)|(%d+)|([^|]*)|(.*)$'

-- Adds the fields of the record to a table.
local function unpack_scope(scope, packed)
  local total, unfinished_count, succeeded, failed_count, pruned, left_out, instances, since, generation, whole_since,
    fresh, sealed, hold, tokens
  scope.status, total, unfinished_count, succeeded, failed_count, pruned, left_out, scope.result, instances, since,
    generation, whole_since, fresh, sealed, scope.held_by, hold, tokens, scope.delivers, scope.policy, scope.node,
    scope.outers, scope.standing = string.match(packed, scope_pattern)
  scope.total, scope.unfinished, scope.succeeded, scope.failed, scope.pruned =
    tonumber(total), tonumber(unfinished_count), tonumber(succeeded), tonumber(failed_count), tonumber(pruned)
  scope.instances, scope.since, scope.generation, scope.fresh, scope.tokens =
    tonumber(instances), tonumber(since), tonumber(generation), tonumber(fresh), tonumber(tokens)
  scope.left_out, scope.whole_since = tonumber(left_out), tonumber(whole_since)
  scope.is_sealed, scope.is_cut_off = sealed ~= '0', sealed == '2'
  scope.is_held, scope.is_due = scope.held_by ~= '' and hold ~= '~', hold == '!'
  local fail_fast, timeout, window_count, window_ms
  scope.strategy, scope.limit, fail_fast, timeout, window_count, window_ms =
    string.match(scope.policy, '^(%u),([^,]+),(%d),(%d+),(%d+),(%d+)$')
  scope.fail_fast, scope.timeout = fail_fast == '1', tonumber(timeout)
  scope.window_count, scope.window_ms = tonumber(window_count), tonumber(window_ms)
  scope.is_windowed = scope.window_count > 0 or scope.window_ms > 0
  -- Where a scope can close early, a branch that has succeeded has to be told from one that nothing has
  -- touched.
  scope.is_eager = scope.strategy == 'Q' or scope.fail_fast or scope.timeout > 0 or scope.is_windowed
  scope.packed = packed
end

local function pack_hold(scope)
  if scope.held_by == '' then return '' end
  return scope.held_by .. (not scope.is_held and '~' or scope.is_due and '!' or '')
end

local function pack_scope(scope)
  return table.concat({
    scope.status, scope.total, scope.unfinished, scope.succeeded, scope.failed, scope.pruned, scope.left_out,
    scope.result, scope.instances, scope.since, scope.generation, scope.whole_since, scope.fresh,
    scope.is_cut_off and '2' or scope.is_sealed and '1' or '0', pack_hold(scope), scope.tokens, scope.delivers,
    scope.policy, scope.node, scope.outers, scope.standing,
  }, '|')
end

-- True if a stored scope is not OPEN any more. False, which Redis gives for none: it is not.
local function has_closed(packed) return packed and string.sub(packed, 1, 1) ~= SCOPE.OPEN end

-- Tokens of a branch, its flags, and the generation that it counts in. `stored`: its field, or false.
local function unpack_branch(scope, stored)
  if not stored then return scope.tokens, tonumber(scope.delivers), 1 end
  local tokens, flags, generation = string.match(stored, '^(%d+),(%d),?(%d*)$')
  return tonumber(tokens), tonumber(flags), tonumber(generation) or 1
end

local function pack_branch(tokens, flags, generation)
  return tokens .. ',' .. flags .. (generation == 1 and '' or ',' .. generation)
end

-- Counts that the newest uniting state was told. `window`: the number that its branches stand under.
local function pack_window(scope, window)
  return table.concat({
    scope.result, scope.total, scope.unfinished, scope.succeeded, scope.failed, scope.pruned, window,
  }, '|')
end
