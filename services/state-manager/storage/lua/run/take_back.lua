#!lua flags=allow-oom
-- take_back: a scope that a retry by hand has opened again takes back the next of the branches that it gave up without,
-- as they stand now: finished, or waited for. Once all are there it learns whether its execution still emits more. The
-- states that its closing had cancelled in them were taken back before, by retry.lua.
-- @include step
-- @include count_unites
--
-- @arg  scope_id  the scope
-- @arg  held_by   what it has to be held by
-- @arg  from      the first branch
-- @arg  past      behind the last one
-- @arg  newest    number of the newest attempt of its execution
-- @args 0: there are no queues
-- @returns 'MORE' or 'DONE', or 'GONE' if it is not held by that any more

local now = now_ms()
begin_step()
read_run(redis.call('HMGET', key.run, unpack(step_fields)))
local packed, text, accepted =
  unpack(redis.call('HMGET', key.run, scope_field(scope_id), newest, accepted_field(execution_of(scope_id))))
if not packed then return 'GONE' end
local scope = {id = scope_id}
unpack_scope(scope, packed)
if not scope.is_held or scope.held_by ~= held_by then return 'GONE' end

local first, last, fields = tonumber(from), math.min(tonumber(past), scope.total) - 1, {}
for branch = first, last do fields[#fields + 1] = branch_field(scope_id, integer_text(branch)) end
for i, stored in ipairs(read_fields(fields)) do
  local tokens, flags, generation = unpack_branch(scope, stored)
  local is_back = not is_left_out(scope, tokens, flags, generation)
  if not is_back and not is_left_for_good(scope, tokens, flags, generation) then
    flags, scope.left_out = flags % 4, scope.left_out - 1
    if tokens > 0 then
      scope.unfinished = scope.unfinished + 1
    else
      count_end(scope, flags, 1)
      scope.is_due = true
      list_end(scope, first + i - 1, flags)
    end
    set(fields[i], pack_branch(tokens, flags, scope.generation))
  end
end

local is_done = last + 1 == scope.total
local record = is_done and takes_more(scope, tonumber(accepted or nil)) and unpack_record(text)
if record then
  local is_emitting = record.status == STATE.CREATED or record.status == STATE.QUEUED
  -- It may also have come to its own end since.
  local is_at_end = record.status == STATE.SUCCESS and record.tail ~= TAIL.CUT_OFF
  scope.is_sealed = not is_emitting
  scope.is_cut_off = not is_emitting and not is_at_end
end
set(scope_field(scope_id), pack_scope(scope))
write_step(now)
usage.write()
return is_done and 'DONE' or 'MORE'
