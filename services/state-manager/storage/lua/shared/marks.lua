-- Marks that users set on part of a run, and whether a state stands there. A mark is `state` (all that grew from
-- the state's execution), `state.output` (what grew from one output), or `=state` (a state and all that grew from it).
-- @include fields
-- @include record
-- @include scope_record

-- By run and number, as far as they were read.
local records_above = {}

-- Marks by name; nil if there are none.
local function read_marks(text)
  if not text or text == '' then return nil end
  local marks = {}
  for mark in string.gmatch(text, '[^,]+') do marks[mark] = true end
  return marks
end

-- The mark that a state stands below, or nil.
local function mark_above(run, marks, record)
  while true do
    local work, output, _, parent = parentage_of(record)
    if not work then return nil end
    -- A uniting state is marked with all attempts of its work.
    if marks['=' .. work] then return '=' .. work end
    -- A uniting state stands in the place of the united one, so not below it.
    if not is_uniting(output) then
      if marks[parent .. '.' .. output] then return parent .. '.' .. output end
      if marks[parent] then return parent end
    end
    local known = records_above[run] or {}
    records_above[run] = known
    if not known[parent] then known[parent] = redis.call('HGET', run, parent) or '' end
    record = known[parent]
  end
end

-- The marks that hold all that grows from a state: on all of its outputs, and those that it stands below itself.
local function marks_around(run, state, record)
  local names = {[state] = true}
  local _, output, _, parent = parentage_of(record)
  while parent and parent ~= '0' do
    if not is_uniting(output) then names[parent .. '.' .. output], names[parent] = true, true end
    _, output, _, parent = parentage_of(redis.call('HGET', run, parent) or '')
  end
  return names
end

-- True if something stands that cancels: an empty mark always does, `*` is the mark of the whole run, which is its
-- field `ending`, and `u` and a scope says that the scope has closed.
local function stands(run, mark, marks_text, ending)
  if mark == '' then return true end
  if string.sub(mark, 1, 1) == 'u' then return has_closed(redis.call('HGET', run, scope_field(string.sub(mark, 2)))) end
  if mark == '*' then return ending end
  return string.find(marks_text or '', ',' .. mark .. ',', 1, true) ~= nil
end
