-- Leases what a step makes ready to takers. What is left over waits in the ready lists as ever; and where something of
-- the run is held or cancelled all of it does, since claims look closer.
-- @include step
-- @include takers

-- Reads which nodes of a run are offered: number of them, then for each: node, offer, and its timeout (ms, 0: none).
local function take_offered()
  for _ = 1, take_number() do
    local queue = step.queues[take()]
    queue.offer, queue.timeout = offers[take_number()], take_number()
  end
end

-- Leases what the step has made ready, as far as there is room. Returns place of the taker, state and record of each.
local function hand_off(now, now_text)
  local leased = {}
  local is_held = step.ending or step.paused_at or (step.marks_text or '') ~= '' or #(step.pauses_text or '') > 1
  if is_held then return leased end
  for _, node in ipairs(step.nodes) do
    local queue, number = step.queues[node], 0
    for i, state in ipairs(queue.pushed) do
      local taker = next_taker(queue.offer, now)
      if not taker then break end
      local at = queue.set_at[i]
      local record = lease_to(taker, now, now_text, run_id .. ':' .. state, step.sets[at], queue.timeout)
      step.sets[at], number = record, i
      leased[#leased + 1], leased[#leased + 2], leased[#leased + 3] = taker.place, state, record
    end
    if number > 0 then
      queue.pushed = number < #queue.pushed and {unpack(queue.pushed, number + 1)} or {}
      count(node, STATE.CREATED, -number)
      count(node, STATE.QUEUED, number)
    end
  end
  return leased
end
