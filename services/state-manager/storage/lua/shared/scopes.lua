-- What a step does to scopes: tokens move, branches finish, unites fire or give up, upwards in the same step.
-- Uses the tables of step.lua.
--
-- A scope is the field `u<unite>.<execution>` of the run:
-- status O|F|G|X, total, open, succeeded, failed, pruned, result, instances, first instance of this generation,
-- generation, fresh, sealed, tokens, delivers, policy, node, outers, body.
-- A branch is the field `b<scope>.<branch>`: tokens, flags (1 delivered, 2 failed), and the generation that it counts
-- in, if that is not the first; 0: its scope has closed without it. While it is as the scope says (tokens, delivers)
-- it has no field, and neither has one that succeeded, unless the policy can close early.

local scope_pattern = '^(%u)|(%d+)|(%d+)|(%d+)|(%d+)|(%d+)|(%d*)|(%d+)|(%d+)|(%d+)|(%d+)|(%d)|(%d+)|(%d)|([^|]*)|(%d+)|([^|]*)|(.*)$'
local policy_pattern = '^(%u),([^,]+),(%d),(%d+),(%d+),(%d+)$'
local branch_pattern = '^(%d+),(%d),?(%d*)$'
local scopes, unloaded, by_rank, highest_rank = {}, {}, {}, 0

local function scope_at(id)
  local scope = scopes[id]
  if not scope then
    scope = {id = id, branches = {}, order = {}}
    scopes[id] = scope
    unloaded[#unloaded + 1] = scope
  end
  return scope
end

-- Changes one branch: tokens to add, and whether something in it has delivered or failed.
local function give(id, branch_id, delta, delivered, failing)
  local scope = scope_at(id)
  local branch = scope.branches[branch_id]
  if not branch then
    branch = {id = branch_id, delta = 0}
    scope.branches[branch_id] = branch
    scope.order[#scope.order + 1] = branch
  end
  branch.delta = branch.delta + delta
  branch.delivered = branch.delivered or delivered
  branch.failing = branch.failing or failing
  return branch
end

local function unpack_scope(scope, packed)
  local total, open, succeeded, broken, pruned, instances, since, generation, fresh, tokens
  scope.status, total, open, succeeded, broken, pruned, scope.result, instances, since, generation, fresh, scope.sealed,
    tokens, scope.delivers, scope.policy, scope.node, scope.outers, scope.body = string.match(packed, scope_pattern)
  scope.total, scope.open, scope.succeeded, scope.broken, scope.pruned =
    tonumber(total), tonumber(open), tonumber(succeeded), tonumber(broken), tonumber(pruned)
  scope.instances, scope.since, scope.generation, scope.fresh, scope.tokens =
    tonumber(instances), tonumber(since), tonumber(generation), tonumber(fresh), tonumber(tokens)
  local fail_fast, timeout, window_count, window_ms
  scope.strategy, scope.limit, fail_fast, timeout, window_count, window_ms = string.match(scope.policy, policy_pattern)
  scope.fail_fast, scope.timeout = fail_fast == '1', tonumber(timeout)
  scope.window_count, scope.window_ms = tonumber(window_count), tonumber(window_ms)
  scope.is_windowed = scope.window_count > 0 or scope.window_ms > 0
  -- Who can close early has to tell a branch that has succeeded from one that nobody has touched.
  scope.is_eager = scope.strategy == 'Q' or scope.fail_fast or scope.timeout > 0 or scope.is_windowed
  scope.packed = packed
end

local function pack_scope(scope)
  return table.concat({scope.status, scope.total, scope.open, scope.succeeded, scope.broken, scope.pruned, scope.result,
    scope.instances, scope.since, scope.generation, scope.fresh, scope.sealed, scope.tokens, scope.delivers, scope.policy,
    scope.node, scope.outers, scope.body}, '|')
end

-- Tokens of a branch, its flags, and the generation that it counts in. `stored`: its field, or false.
local function unpack_branch(scope, stored)
  if not stored then return scope.tokens, tonumber(scope.delivers), 1 end
  local held, flags, generation = string.match(stored, branch_pattern)
  return tonumber(held), tonumber(flags), tonumber(generation) or 1
end

local function pack_branch(held, flags, generation)
  return held .. ',' .. flags .. (generation == 1 and '' or ',' .. generation)
end

-- Reads what the step touches and has not read yet. A scope that is opened by this step is `given`.
local function load_scopes()
  local fields = {}
  for _, scope in ipairs(unloaded) do
    fields[#fields + 1] = 'u' .. scope.id
    for _, branch in ipairs(scope.order) do fields[#fields + 1] = 'b' .. scope.id .. '.' .. branch.id end
  end
  if #fields == 0 then return end
  local values = {}
  for i = 1, #fields, 4000 do
    for _, value in ipairs(redis.call('HMGET', key.run, unpack(fields, i, math.min(i + 3999, #fields)))) do
      values[#values + 1] = value
    end
  end
  local at = 0
  for _, scope in ipairs(unloaded) do
    at = at + 1
    local packed = scope.given or values[at]
    if packed then
      unpack_scope(scope, packed)
      local _, rank = string.gsub(scope.outers, '[^,]+', '')
      by_rank[rank] = by_rank[rank] or {}
      table.insert(by_rank[rank], scope)
      highest_rank = math.max(highest_rank, rank)
    end
    for _, branch in ipairs(scope.order) do
      at = at + 1
      branch.stored, branch.is_read = values[at], true
    end
  end
  unloaded = {}
end

-- Decides a scope at an instant. `t<scope>` is what decide.lua keeps of a timer that pauses have moved.
local function set_timer(run_id, scope, at)
  timers[#timers + 1] = {at = at, member = run_id .. ':' .. scope.id}
  if not scope.given then dels[#dels + 1] = 't' .. scope.id end
end

local function clear_timer(run_id, scope)
  timers[#timers + 1] = {member = run_id .. ':' .. scope.id}
  dels[#dels + 1] = 't' .. scope.id
end

-- Creates the uniting state: C if the scope fires, F if it gives up, X if it was cancelled.
local function unite(now, scope, letter)
  seq, states = seq + 1, states + 1
  scope.instances, scope.result = scope.instances + 1, seq
  local output = scope.instances == 1 and 'u' or 'u' .. scope.instances
  if letter == 'C' then
    unfinished = unfinished + 1
    create(now, scope.node, seq, output, scope.body)
  else
    set(seq, letter .. '|' .. now .. '|1.0.0|' .. seq .. '|' .. output .. '|' .. scope.body .. '|')
  end
  count(scope.node, letter, 1)
  local answered = false
  for outer_id, branch_id, counts_here in string.gmatch(scope.outers, '(%d+%.%d+)%.(%d+)%.(%d)') do
    if letter == 'C' then
      give(outer_id, branch_id, 1)
    elseif counts_here == '1' then
      answered = true
      give(outer_id, branch_id, 0, false, true)
      failure_members[#failure_members + 1] = outer_id .. ':' .. string.format('%010d', branch_id) .. ':' .. seq
    end
  end
  if letter ~= 'C' and not answered then failed = failed + 1 end
  load_scopes()
end

-- The number that the branches of the next window stand under. Each generation has taken the last one back, so that
-- its branches are those of the next.
local function window_number(scope) return scope.instances + 2 - scope.generation end

local function window_member(scope, branch_id)
  return scope.id .. ':' .. string.format('%010d:%010d', window_number(scope), branch_id)
end

-- A windowed scope keeps what each of its uniting states was told, since its counts go on.
local function fire_window(now, scope)
  local number = window_number(scope)
  unite(now, scope, 'C')
  set('w' .. scope.id .. '.' .. scope.instances,
    table.concat({scope.result, scope.total, scope.open, scope.succeeded, scope.broken, scope.pruned, number}, '|'))
  scope.fresh = 0
end

local function share_of(text, live, round)
  local percent = string.match(text, '^(%d+)%%$')
  if not percent then return tonumber(text) end
  return round(percent * live / 100)
end

-- F: fires, G: gives up, nil: waits. `is_late`: the timeout has passed.
local function verdict(scope, is_late)
  local is_sealed = scope.sealed == '1'
  local is_complete = is_sealed and scope.open == 0
  if scope.strategy == 'D' then return (is_complete or is_late) and 'F' or nil end
  local live = scope.total - scope.pruned
  local knows_share = is_sealed or is_late or not string.find(scope.limit, '%%')
  if scope.strategy == 'S' then
    local broken_too_much = knows_share and scope.broken > share_of(scope.limit, live, math.floor)
    if is_complete or is_late then return broken_too_much and 'G' or 'F' end
    return scope.fail_fast and broken_too_much and 'G' or nil
  end
  local need = knows_share and share_of(scope.limit, live, math.ceil)
  if need and scope.succeeded >= need then return 'F' end
  if is_complete or is_late then return 'G' end
  return scope.fail_fast and is_sealed and scope.succeeded + scope.open < need and 'G' or nil
end

local function failure_of(scope)
  local message
  if scope.strategy == 'Q' then
    message = scope.succeeded .. ' of ' .. scope.total .. ' branches succeeded, and the strategy QUORUM needs ' .. scope.limit
  else
    message = scope.broken .. ' of ' .. scope.total .. ' branches failed, and the strategy ALL_SUCCESS tolerates '
      .. (scope.limit == '0' and 'none' or scope.limit)
  end
  if scope.open > 0 then message = message .. '; ' .. scope.open .. ' were unfinished' end
  return '{"code":"UNITE_UNSATISFIED","message":"' .. message .. '"}'
end

-- Not CANCELLED, since it is not retried itself: what was cancelled in its branches is.
local cancelled_failure =
  '{"code":"UNITE_CANCELLED","message":"all that it waited for was cancelled or had ended: retry what was cancelled in its branches"}'

local function finish_branch(now, scope, branch, flags)
  local field = 'b' .. scope.id .. '.' .. branch.id
  scope.open = scope.open - 1
  if flags >= 2 then
    scope.broken = scope.broken + 1
  elseif flags == 1 then
    scope.succeeded = scope.succeeded + 1
  else
    scope.pruned = scope.pruned + 1
  end
  if flags == 1 and not scope.is_eager then
    if branch.stored then dels[#dels + 1] = field end
  else
    set(field, pack_branch(0, flags, scope.generation))
  end
  if flags == 1 and scope.is_windowed then
    scope.fresh = scope.fresh + 1
    window_members[#window_members + 1] = window_member(scope, branch.id)
    if scope.window_count > 0 and scope.fresh >= scope.window_count and scope.cause ~= 'dies' and not ending then fire_window(now, scope) end
  end
end

local function move_tokens(now, scope, branch)
  if not branch.is_read then branch.stored, branch.is_read = redis.call('HGET', key.run, 'b' .. scope.id .. '.' .. branch.id), true end
  local held, flags, generation = unpack_branch(scope, branch.stored)
  if not branch.stored and (branch.is_new or branch.is_forced) then generation = scope.generation end
  -- It begins in this step, and not as the others do.
  if branch.is_forced and not branch.stored then held, flags = 0, 0 end
  held = held + branch.delta
  if branch.delivered and flags % 2 == 0 then flags = flags + 1 end
  if branch.failing and flags < 2 then flags = flags + 2 end
  if scope.status ~= 'O' or scope.is_eager and generation ~= scope.generation then
    -- Left out when the scope closed: its tokens are kept right, for a retry by hand in it, and nothing else follows.
    if scope.is_eager then
      set('b' .. scope.id .. '.' .. branch.id, pack_branch(math.max(held, 0), flags, 0))
    end
    return nil
  end
  if held < 0 then return redis.error_reply('FANOUT_CORRUPT a branch of scope ' .. scope.id .. ' has less than no tokens') end
  if held > 0 then
    set('b' .. scope.id .. '.' .. branch.id, pack_branch(held, flags, scope.generation))
  else
    finish_branch(now, scope, branch, flags)
  end
end

-- Closes a scope: what is unfinished in it is cancelled later, in steps, and until then never handed out.
local function close_scope(now, run_id, scope, outcome)
  scope.status = outcome
  if outcome == 'F' and scope.is_windowed then fire_window(now, scope) else unite(now, scope, outcome == 'F' and 'C' or outcome == 'G' and 'F' or 'X') end
  if outcome == 'G' then fail_text(scope.result, failure_of(scope)) end
  if outcome == 'X' then fail_text(scope.result, cancelled_failure) end
  if scope.timeout > 0 or scope.window_ms > 0 then clear_timer(run_id, scope) end
  if scope.open > 0 or scope.sealed == '0' then
    cancellations[#cancellations + 1] = run_id .. ':s:' .. scope.id
  end
  -- What is emitted from now on comes too late.
  scope.sealed = '1'
end

-- What emits change: more branches, and in the end no more; an execution that fails is one more failed branch.
local function grow(scope)
  -- A scope that has closed is sealed, and stays so when a retry by hand opens it again.
  if scope.sealed == '1' then return end
  if scope.grown then
    -- Where a field that is missing may mean a branch that was left out, new ones have theirs from the beginning.
    for branch = scope.total, scope.generation > 1 and scope.is_eager and scope.total + scope.grown - 1 or -1 do
      give(scope.id, tostring(branch), 0).is_new = true
    end
    scope.total = scope.total + scope.grown
    if scope.tokens == 0 and not scope.is_explicit then
      scope.succeeded = scope.succeeded + scope.grown
    else
      scope.open = scope.open + scope.grown
    end
  end
  if scope.is_sealing then scope.sealed = '1' end
  if scope.broken_branch then
    scope.total, scope.broken = scope.total + 1, scope.broken + 1
    set('b' .. scope.id .. '.' .. scope.broken_branch, pack_branch(0, 2, scope.generation))
    failure_members[#failure_members + 1] = scope.id .. ':' .. string.format('%010d', scope.broken_branch) .. ':' .. scope.broken_state
  end
end

-- Decides every scope that the step touches, inner ones first: what a firing adds to an outer scope is there
-- when that one is decided. `cause` by scope: `late` (timeout), `interval` (of a window), `dies` (its uniting
-- state is cancelled as soon as all its branches are finished). Returns an error reply, or nothing.
local function settle_scopes(now, run_id)
  load_scopes()
  local rank = highest_rank
  while rank >= 0 do
    local list = by_rank[rank] or {}
    local i = 1
    while i <= #list do
      local scope = list[i]
      if scope.status == 'O' then grow(scope) end
      for _, branch in ipairs(scope.order) do
        -- What comes behind the last branch of a sealed scope was emitted after it had closed, and is none of it.
        local is_late = scope.sealed == '1' and tonumber(branch.id) >= scope.total
        if not is_late and (branch.delta ~= 0 or branch.delivered or branch.failing or branch.is_forced or branch.is_new) then
          local wrong = move_tokens(now, scope, branch)
          if wrong then return wrong end
        end
      end
      -- Closed scopes stay as they are: what comes later counts nowhere.
      if scope.status == 'O' then
        if scope.cause == 'interval' and scope.fresh > 0 and not ending then fire_window(now, scope) end
        local outcome
        if not (scope.given or scope.cause) and pack_scope(scope) == scope.packed then
          -- As it was when it was decided last; or a retry by hand has just opened it, and waits for what it retries.
          outcome = nil
        elseif scope.cause == 'dies' or ending then
          outcome = scope.open == 0 and scope.sealed == '1' and 'X' or nil
        else
          outcome = verdict(scope, scope.cause == 'late')
        end
        if outcome then
          close_scope(now, run_id, scope, outcome)
        elseif scope.cause == 'interval' then
          set_timer(run_id, scope, now + scope.window_ms)
        elseif scope.given and scope.timeout + scope.window_ms > 0 then
          set_timer(run_id, scope, now + scope.timeout + scope.window_ms)
        end
        local packed = pack_scope(scope)
        if scope.given or packed ~= scope.packed then set('u' .. scope.id, packed) end
      end
      i = i + 1
    end
    rank = rank - 1
  end
end
