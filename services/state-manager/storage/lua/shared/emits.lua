-- Open fan-out: outputs that become branches while their state is still executed.
-- @include step
-- @include count_unites
-- @include executions
--
-- All of it belongs to the work, whatever its attempts, and is named by the work's first state: how many outputs were
-- accepted, and the number of the first child of each 64 outputs, a block. The records of that state and of every
-- attempt that knows of emits have a `*` behind the work.

-- Reads the ways on from a state: for each the scopes that shut it once they have closed. Then the scopes it opens.
local function take_ways(report)
  report.ways, report.new_scopes = {}, {}
  for j = 1, take_number() do report.ways[j] = take() end
  for j = 1, take_number() do report.new_scopes[j] = {id = take(), packed = take(), is_explicit = take() == '1'} end
end

local function take_emit(report)
  report.work, report.first, report.total = take(), take_number(), take_number()
  report.chosen, report.next_nodes = take(), take_number()
  report.children = {}
  for j = 1, take_number() do
    local child = {node = take(), position = take_number(), standing = take(), scopes = {}}
    for i = 1, take_number() do child.scopes[i] = {id = take(), branch = take()} end
    report.children[j] = child
  end
  take_ways(report)
  report.outputs_at, report.outputs, report.bytes = cursor + 1, take_number(), 0
  for _ = 1, report.outputs do report.bytes = report.bytes + #take() end
  take_labels(report)
end

local function take_seal(report)
  report.work, report.total = take(), take_number()
  take_ways(report)
end

-- Reads what the end of an attempt means to the scopes that its emits have opened.
local function take_sealed(report)
  report.has_emitted, report.work, report.seals = take() == '1', take(), {}
  for j = 1, take_number() do report.seals[j] = take() end
end

-- True if a scope takes no more outputs of a work: it has closed, or had, and a retry by hand has opened it again.
local function is_shut_by(packed, scope_id, work)
  if has_closed(packed) then return true end
  if execution_of(scope_id) ~= work then return false end
  local scope = {}
  unpack_scope(scope, packed)
  return scope.is_sealed
end

-- Reads what the work has so far. `is_shut` by way; `is_unneeded` if no way is left.
local function read_work(report)
  local ids, fields, of_way = {}, {}, {}
  for j, way in ipairs(report.ways or {}) do
    for id in string.gmatch(way, '[^,]+') do
      ids[#ids + 1], fields[#fields + 1] = id, scope_field(id)
      of_way[#ids] = j
    end
  end
  local block = report.first and block_of(report.first) or 0
  local values = redis.call('HMGET', key.run, accepted_field(report.work), block_field(report.work, block), report.work,
    unpack(fields))
  report.accepted, report.block, report.work_record = tonumber(values[1] or nil), tonumber(values[2] or nil), values[3]
  report.is_shut = {}
  for i = 1, #ids do
    local packed = values[3 + i]
    if packed and is_shut_by(packed, ids[i], report.work) then report.is_shut[of_way[i]] = true end
  end
  report.is_unneeded = report.ways ~= nil and #report.ways > 0
  for j in ipairs(report.ways or {}) do report.is_unneeded = report.is_unneeded and report.is_shut[j] end
end

-- Reason why a report cannot be taken whose lease is good; nil: it can. `total` of -1 seals what is there, if no way
-- is left.
local function refusal_of_emits(report, kept, from_lease, marks)
  local kind = report.kind
  if not report.work then
    -- A plan for an ordinary fan-out, on work that has emitted.
    return kind == 'succeed' and has_emitted(kept) and 'CHANGED' or nil
  end
  if report.seals then return has_emitted(kept) ~= report.has_emitted and 'CHANGED' or nil end
  -- Before the first emit nobody knew that it would: that one is taken, and the canceller ends the work.
  if marks and marks[report.work] and report.accepted then return 'SETTLED' end
  local accepted = report.accepted or 0
  if kind == 'emit' then
    if not from_lease then return 'STALE' end
    if report.is_unneeded then return 'UNNEEDED' end
    return report.first ~= accepted and 'MISSING' or nil
  end
  if report.is_unneeded then return nil end
  if report.total < 0 then return 'SETTLED' end
  return report.total ~= accepted and 'MISSING' or nil
end

local function mark_work(report, record)
  set(accepted_field(report.work), report.accepted or 0)
  if report.state ~= report.work then set(report.work, with_emits(report.work_record)) end
  return with_emits(record)
end

local function open_scopes(report)
  for _, new in ipairs(report.new_scopes) do
    new.scope = scope_at(new.id)
    if not report.accepted then new.scope.given = new.packed end
  end
end

-- Creates the children of accepted outputs.
local function emit(now, report, record)
  local width, last = #report.children, report.first + report.total - 1
  open_scopes(report)
  if not report.accepted then set(report.state, mark_work(report, record)) end
  set(accepted_field(report.work), last + 1)
  for _, new in ipairs(report.new_scopes) do
    new.scope.grown, new.scope.is_explicit = report.total, new.is_explicit
  end
  local blocks = {}
  for block = block_of(report.first), width > 0 and block_of(last) or -1 do
    blocks[block] = block * EMIT_BLOCK < report.first and report.block or nil
    if not blocks[block] then
      blocks[block] = step.seq + 1
      set(block_field(report.work, block), step.seq + 1)
      step.seq = step.seq + EMIT_BLOCK * width
    end
  end
  local created = 0
  for output = report.first, last do
    for j, child in ipairs(report.children) do
      local at = (output - report.first) * report.next_nodes + child.position + 1
      if report.chosen == '' or string.byte(report.chosen, at) == 49 then
        if report.is_shut[j] then
          for _, scope in ipairs(child.scopes) do
            give(scope.id, scope.branch == '*' and tostring(output) or scope.branch, -1)
          end
        else
          local first_child = blocks[block_of(output)] + output % EMIT_BLOCK * width
          create(now, child.node, first_child + j - 1, output, child.standing)
          count(child.node, STATE.CREATED, 1)
          created = created + 1
        end
      end
    end
  end
  step.unfinished = step.unfinished + created
  step.states = step.states + report.total + created
  count(report.node, STATE.SUCCESS, report.total)
  tally(report.node, TALLY.OUTPUTS, report.total)
end

-- Seals a work whose outputs are all there: the total is final. Or one that has to stop, as far as it has come.
local function seal(now_text, report, record)
  open_scopes(report)
  for _, new in ipairs(report.new_scopes) do new.scope.is_sealing = true end
  local _, _, kept = split_record(report.accepted and record or mark_work(report, record))
  report.kept = kept
  end_execution(now_text, report, STATE.SUCCESS, report.total == (report.accepted or 0) and '' or TAIL.CUT_OFF)
  step.unfinished = step.unfinished - 1
  count(report.node, STATE.SUCCESS, 1)
end

-- Seals a work that ends otherwise: what it has emitted is all there is, and one more branch has failed if it did.
local function seal_unsuccessful(report)
  if not report.accepted then return end
  for _, id in ipairs(report.seals) do
    local scope = scope_at(id)
    scope.is_sealing = true
    if report.kind ~= 'prune' then scope.failed_branch, scope.failed_state = report.accepted, report.state end
  end
end
