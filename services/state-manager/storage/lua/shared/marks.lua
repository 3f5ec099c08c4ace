-- Marks that users set on part of a run, and whether a state stands there. A mark stands for a work, whichever attempt
-- of it was named: `work` (all that grew from its outputs), `work.sibling` (what grew from one of them), or `=work` (a
-- uniting work that is superseded, and all that grew from it).
--
-- Siblings are counted as users name them: the state itself is 0, and stands for the first output. Work that emits
-- takes none of its outputs itself, so that its first output is sibling 1, and nothing ever grows from sibling 0. A
-- mark may be there before anybody knows whether the work emits, and is right either way.
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

-- The names of the marks below a work, of those in a text.
local function marks_below(text, work)
  local names = {}
  if not text or text == '' then return names end
  if string.find(text, ',' .. work .. ',', 1, true) then names[1] = work end
  for sibling in string.gmatch(text, ',' .. work .. '%.(%d+)') do names[#names + 1] = work .. '.' .. sibling end
  return names
end

-- The text without one of its marks.
local function without_mark(text, mark)
  local from, to = string.find(text, ',' .. mark .. ',', 1, true)
  return from and string.sub(text, 1, from) .. string.sub(text, to + 1) or text
end

-- The job that cancels what stands below a mark.
local function mark_job(run_id, mark)
  local kind, name = string.match(mark, '^(=?)(.*)$')
  return job_member(run_id, kind == '' and 'b' or 'g', name)
end

-- The record of a state that others grew from; empty if there is none.
local function record_above(run, state)
  local known = records_above[run] or {}
  records_above[run] = known
  if not known[state] then known[state] = redis.call('HGET', run, state) or '' end
  return known[state]
end

-- The marks that hold what grew from one output of a state: the one on all of its outputs, and the one on this.
local function marks_on(record, output)
  local work, has_emits = work_of(record)
  if not work then return '', '' end
  return work, work .. '.' .. (has_emits == '*' and integer_text(output + 1) or output)
end

-- The mark that a state stands below, or nil.
local function mark_above(run, marks, record)
  while true do
    local work, output, _, parent = parentage_of(record)
    if not work then return nil end
    -- A uniting state is marked with all attempts of its work.
    if marks['=' .. work] then return '=' .. work end
    record = record_above(run, parent)
    -- A uniting state stands in the place of the united one, so not below it.
    if not is_uniting(output) then
      local all, one = marks_on(record, output)
      if marks[one] then return one end
      if marks[all] then return all end
    end
  end
end

-- The marks that hold all that grows from a state: on all of its outputs, and those that it stands below itself.
local function marks_around(run, record)
  local names = {[work_of(record) or ''] = true}
  local _, output, _, parent = parentage_of(record)
  while parent and parent ~= '0' do
    record = record_above(run, parent)
    if not is_uniting(output) then
      local all, one = marks_on(record, output)
      names[all], names[one] = true, true
    end
    _, output, _, parent = parentage_of(record)
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
