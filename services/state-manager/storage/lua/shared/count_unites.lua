-- Counts what unites wait for: tokens move, branches finish, scopes fire or give up, and what that brings to the scopes
-- around them is counted in the same step. Uses the tables of step.lua.
--
-- A token stands for a state in a branch that has not ended, or will exist. `give` changes the number of tokens: a
-- state that ends gives one back, and each child takes one. A branch without tokens is finished. It has failed if
-- something in it has, it has succeeded if something has come to the unite, and else it was pruned.
--
-- An example: the run of settle.lua, but the second branch fails. These are the fields of the scope, of its branches
-- and of the uniting state that each settlement has changed.
--
--   split returns three outputs. The scope tells that a branch begins with one token, so none has a field.
--     u2.1  O|3|3|0|0|0|0||0|1|1|1|0|1||1|0|S,0,0,0,0,0|2||2;1;;
--   State 2 ends and delivers, give('2.1', '0', -1, true): branch 0 has no token, and has succeeded. No field tells so,
--   since with this policy nothing asks later which branches have.
--     u2.1  O|3|2|1|0|0|0||0|1|1|1|0|1||1|0|S,0,0,0,0,0|2||2;1;;
--   State 3 fails, give('2.1', '1', -1, false, true): branch 1 has no token, and has failed.
--     b2.1.1  0,2
--     u2.1    O|3|1|1|1|0|0||0|1|1|1|0|1||1|0|S,0,0,0,0,0|2||2;1;;
--   State 4 ends and delivers: nothing is unfinished, and ALL_SUCCESS tolerates no failure. The scope gives up, with
--   state 5 for its failure. In a scope around it a branch would get that failure now, and be decided next.
--     5     F|t|1.0.0|5|u|2;1;;|
--     u2.1  G|3|0|2|1|0|0|5|1|1|1|1|0|1||1|0|S,0,0,0,0,0|2||2;1;;
--
-- @include step
-- @include scope_record
-- @include lists
-- @include verdict

local function scope_at(id)
  local scope = step.scopes[id]
  if not scope then
    scope = {id = id, branches = {}, order = {}}
    step.scopes[id] = scope
    step.unloaded[#step.unloaded + 1] = scope
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

-- True if a scope has fired without a branch that had not ended: it stays left out.
local function is_left_for_good(scope, tokens, flags, generation)
  if not scope.is_eager then return false end
  return generation == 0 or (tokens > 0 or flags >= 4) and generation < scope.whole_since
end

-- True if a branch is neither waited for nor counted by how it ended, for good or until its scope takes it back.
local function is_left_out(scope, tokens, flags, generation)
  if not scope.is_eager then return false end
  local is_of_now = scope.status == SCOPE.OPEN and generation == scope.generation
  return flags >= 4 or generation == 0 or tokens > 0 and not is_of_now
end

-- Counts how a branch has ended, or takes that back.
local function count_end(scope, flags, number)
  if flags % 4 >= 2 then
    scope.failed = scope.failed + number
  elseif flags % 4 == 1 then
    scope.succeeded = scope.succeeded + number
  else
    scope.pruned = scope.pruned + number
  end
end

-- Lists how a branch of a wide scope has ended.
local function list_end(scope, branch_id, flags)
  if scope.total < WIDE_SCOPE then return end
  change_bit(finished_bit(scope.id, branch_id))
  if flags % 4 >= 2 then
    change_bit(failed_bit(scope.id, branch_id))
  elseif flags % 4 == 0 then
    change_bit(pruned_bit(scope.id, branch_id))
  end
end

-- Takes a branch off the lists of those that have ended.
local function unlist_end(scope_id, branch_id)
  for _, bit_in in ipairs({finished_bit, failed_bit, pruned_bit}) do
    local field, bit = bit_in(scope_id, branch_id)
    change_bit(field, -bit)
  end
end

-- True if a scope that was cut off, and is open again, is to get what its work emits from now on. `accepted`: outputs
-- so far. Some may have come in between that are none of it: then none that follow are.
local function takes_more(scope, accepted)
  return scope.status == SCOPE.OPEN and scope.is_cut_off and scope.total == accepted
end

-- Finds which of some scopes have closed: their statuses by id, false for those that are open.
local function closed_scopes(ids)
  local is_closed = {}
  if #ids == 0 then return is_closed end
  local fields = {}
  for i, id in ipairs(ids) do fields[i] = scope_field(id) end
  for i, packed in ipairs(redis.call('HMGET', key.run, unpack(fields))) do
    is_closed[ids[i]] = has_closed(packed) and string.sub(packed, 1, 1)
  end
  return is_closed
end

-- Reads what the step touches and has not read yet. A scope that is opened by this step is `given`.
local function load_scopes()
  local fields = {}
  for _, scope in ipairs(step.unloaded) do
    fields[#fields + 1] = scope_field(scope.id)
    for _, branch in ipairs(scope.order) do fields[#fields + 1] = branch_field(scope.id, branch.id) end
  end
  if #fields == 0 then return end
  local values = read_fields(fields)
  local at = 0
  for _, scope in ipairs(step.unloaded) do
    at = at + 1
    local packed = scope.given or values[at]
    if packed then
      unpack_scope(scope, packed)
      local _, rank_of_scope = string.gsub(scope.outers, '[^,]+', '')
      step.by_rank[rank_of_scope] = step.by_rank[rank_of_scope] or {}
      table.insert(step.by_rank[rank_of_scope], scope)
      step.max_rank = math.max(step.max_rank, rank_of_scope)
    end
    for _, branch in ipairs(scope.order) do
      at = at + 1
      branch.stored, branch.is_read = values[at], true
    end
  end
  step.unloaded = {}
end

-- Has a scope found by its execution.
local function list_opened(scope)
  local field, bit = opened_bit(execution_of(scope.id))
  if field then change_bit(field, bit) end
end

-- Decides a scope at an instant. What decide.lua keeps of a timer that pauses have moved goes.
local function set_timer(scope, at)
  step.timers[#step.timers + 1] = {at = at, member = timer_member(run_id, scope.id)}
  if not scope.given then step.dels[#step.dels + 1] = timer_field(scope.id) end
end

local function clear_timer(scope)
  step.timers[#step.timers + 1] = {member = timer_member(run_id, scope.id)}
  step.dels[#step.dels + 1] = timer_field(scope.id)
end

-- Creates the uniting state: CREATED if the scope fires, ERRORED if it gives up, or CANCELLED.
local function unite(now, scope, status)
  local has_fired = status == STATE.CREATED
  step.seq, step.states = step.seq + 1, step.states + 1
  scope.instances, scope.result = scope.instances + 1, step.seq
  local output = uniting_output(scope.instances)
  if has_fired then
    step.unfinished = step.unfinished + 1
    create(now, scope.node, step.seq, output, scope.standing)
  else
    set(step.seq, new_record(status, now, step.seq, output, scope.standing))
  end
  count(scope.node, status, 1)
  local answered = false
  for outer_id, branch_id, counts_here in string.gmatch(scope.outers, '(%d+%.%d+)%.(%d+)%.(%d)') do
    if has_fired then
      give(outer_id, branch_id, 1)
    elseif counts_here == '1' then
      answered = true
      give(outer_id, branch_id, 0, false, true)
      fail_branch(outer_id, branch_id, step.seq)
    end
  end
  if not has_fired and not answered then step.failed = step.failed + 1 end
  load_scopes()
end

-- The number that the branches of the next window stand under. Each generation has taken the last one back, so that
-- its branches are those of the next.
local function next_window(scope) return scope.instances + 2 - scope.generation end

-- Fires a windowed scope, which keeps what each of its uniting states was told, since its counts go on.
local function fire_window(now, scope)
  local window = next_window(scope)
  unite(now, scope, STATE.CREATED)
  set(window_field(scope.id, scope.instances), pack_window(scope, window))
  scope.fresh = 0
end

local function finish_branch(now, scope, branch, flags)
  local field = branch_field(scope.id, branch.id)
  scope.unfinished = scope.unfinished - 1
  list_end(scope, branch.id, flags)
  count_end(scope, flags, 1)
  if flags == 1 and not scope.is_eager then
    if branch.stored then step.dels[#step.dels + 1] = field end
  else
    set(field, pack_branch(0, flags, scope.generation))
  end
  if flags == 1 and scope.is_windowed then
    scope.fresh = scope.fresh + 1
    step.window_members[#step.window_members + 1] = window_member(scope.id, next_window(scope), branch.id)
    local is_full = scope.window_count > 0 and scope.fresh >= scope.window_count
    if is_full and scope.cause ~= 'dies' and not step.ending then fire_window(now, scope) end
  end
end

local function move_tokens(now, scope, branch)
  if not branch.is_read then
    branch.stored, branch.is_read = redis.call('HGET', key.run, branch_field(scope.id, branch.id)), true
  end
  local tokens, flags, generation = unpack_branch(scope, branch.stored)
  if not branch.stored and (branch.is_new or branch.is_forced) then generation = scope.generation end
  -- It begins in this step, and not as the others do.
  if branch.is_forced and not branch.stored then tokens, flags = 0, 0 end
  tokens = tokens + branch.delta
  if branch.delivered and flags % 2 == 0 then flags = flags + 1 end
  if branch.failing and flags % 4 < 2 then flags = flags + 2 end
  if scope.status ~= SCOPE.OPEN or scope.is_eager and (generation ~= scope.generation or flags >= 4) then
    -- Left out when the scope closed: its tokens are kept right, for a retry by hand in it, and nothing else follows.
    if scope.is_eager then
      local is_for_good = scope.status == SCOPE.FIRED
        or is_left_for_good(scope, tokens - branch.delta, flags, generation)
      if not is_for_good and flags < 4 then flags = flags + 4 end
      set(branch_field(scope.id, branch.id), pack_branch(math.max(tokens, 0), flags, is_for_good and 0 or generation))
    end
    return nil
  end
  if tokens < 0 then
    return 'FANOUT_CORRUPT a branch of scope ' .. scope.id .. ' has less than no tokens'
  end
  if tokens > 0 then
    set(branch_field(scope.id, branch.id), pack_branch(tokens, flags, scope.generation))
  else
    finish_branch(now, scope, branch, flags)
  end
end

-- Closes a scope: what is unfinished in it is cancelled later, in steps, and until then never handed out.
local function close_scope(now, scope, outcome)
  scope.status = outcome
  if outcome == SCOPE.GAVE_UP then
    unite(now, scope, STATE.ERRORED)
    fail_text(scope.result, STATE.ERRORED, failure_of(scope))
  elseif outcome == SCOPE.CANCELLED then
    unite(now, scope, STATE.CANCELLED)
    -- The code is not CANCELLED, since it is not retried itself: what was cancelled in its branches is.
    fail_text(scope.result, STATE.CANCELLED, '{"code":"UNITE_CANCELLED","message":"all that it waited for was '
      .. 'cancelled or had ended: retry what was cancelled in its branches"}')
  elseif scope.is_windowed then
    fire_window(now, scope)
  else
    unite(now, scope, STATE.CREATED)
  end
  if scope.timeout > 0 or scope.window_ms > 0 then clear_timer(scope) end
  if scope.unfinished > 0 or not scope.is_sealed then
    step.cancellations[#step.cancellations + 1] = job_member(run_id, 's', scope.id)
  end
  -- What is emitted from now on comes too late.
  scope.is_sealed, scope.is_cut_off = true, scope.is_cut_off or not scope.is_sealed
  scope.held_by = ''
end

-- Adds what emits change: more branches, and in the end no more; an execution that fails is one more failed branch.
local function grow(scope)
  -- A scope that has closed is sealed, and stays so when a retry by hand opens it again.
  if scope.is_sealed then return end
  if scope.grown then
    -- Where a field that is missing may mean a branch that was left out, new ones have theirs from the beginning.
    local has_fields = scope.generation > 1 and scope.is_eager
    for branch = scope.total, has_fields and scope.total + scope.grown - 1 or -1 do
      give(scope.id, tostring(branch), 0).is_new = true
    end
    scope.total = scope.total + scope.grown
    -- One that has a field is finished with the others that the step touches.
    if scope.tokens == 0 and not scope.is_explicit and not has_fields then
      scope.succeeded = scope.succeeded + scope.grown
    else
      scope.unfinished = scope.unfinished + scope.grown
    end
  end
  if scope.is_sealing then scope.is_sealed = true end
  if scope.failed_branch then
    scope.total, scope.failed = scope.total + 1, scope.failed + 1
    set(branch_field(scope.id, scope.failed_branch), pack_branch(0, 2, scope.generation))
    list_end(scope, scope.failed_branch, 2)
    fail_branch(scope.id, scope.failed_branch, scope.failed_state)
  end
end

-- Decides every scope that the step touches, inner ones first: what a firing adds to an outer scope is there
-- when that one is decided. `cause` by scope: `late` (timeout), `interval` (of a window), `dies` (its uniting
-- state is cancelled as soon as all its branches are finished). Returns what is wrong, or nothing.
local function settle_scopes(now)
  load_scopes()
  local rank_of_scopes = step.max_rank
  while rank_of_scopes >= 0 do
    local list = step.by_rank[rank_of_scopes] or {}
    local i = 1
    while i <= #list do
      local scope = list[i]
      if scope.status == SCOPE.OPEN then grow(scope) end
      for _, branch in ipairs(scope.order) do
        -- What comes behind the last branch of a sealed scope was emitted after it had closed, and is none of it.
        local is_late = scope.is_sealed and tonumber(branch.id) >= scope.total
        local is_touched = branch.delta ~= 0 or branch.delivered or branch.failing or branch.is_forced or branch.is_new
        if is_touched and not is_late then
          local wrong = move_tokens(now, scope, branch)
          if wrong then return wrong end
        end
      end
      -- Closed scopes stay as they are: what comes later counts nowhere.
      if scope.status == SCOPE.OPEN then
        if scope.cause == 'interval' and scope.fresh > 0 and not step.ending then fire_window(now, scope) end
        local outcome
        if not (scope.given or scope.cause) and pack_scope(scope) == scope.packed then
          -- As it was when it was decided last; or a retry by hand has just opened it, and waits for what it retries.
          outcome = nil
        elseif scope.cause == 'dies' or step.ending then
          outcome = scope.unfinished == 0 and scope.is_sealed and SCOPE.CANCELLED or nil
        elseif scope.is_held then
          scope.is_due = scope.is_due or verdict(scope) ~= nil
        else
          outcome = verdict(scope, scope.cause == 'late')
        end
        if outcome then
          close_scope(now, scope, outcome)
        elseif scope.cause == 'interval' then
          set_timer(scope, now + scope.window_ms)
        elseif scope.given and scope.timeout + scope.window_ms > 0 then
          set_timer(scope, now + scope.timeout + scope.window_ms)
        end
        local packed = pack_scope(scope)
        if scope.given or packed ~= scope.packed then set(scope_field(scope.id), packed) end
        if scope.given then list_opened(scope) end
      end
      i = i + 1
    end
    rank_of_scopes = rank_of_scopes - 1
  end
end
