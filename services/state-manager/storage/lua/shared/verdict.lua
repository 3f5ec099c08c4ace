-- Decides a scope: its policy, asked about its counts.
-- @include scope_record

local function share_of(text, live, round)
  local percent = string.match(text, '^(%d+)%%$')
  if not percent then return tonumber(text) end
  return round(percent * live / 100)
end

-- FIRED or GAVE_UP; nil: the scope waits. `is_late`: the timeout has passed.
local function verdict(scope, is_late)
  local is_complete = scope.is_sealed and scope.unfinished == 0
  if scope.strategy == 'D' then return (is_complete or is_late) and SCOPE.FIRED or nil end
  local live = scope.total - scope.pruned
  local knows_share = scope.is_sealed or is_late or not string.find(scope.limit, '%%')
  if scope.strategy == 'S' then
    local have_too_many_failed = knows_share and scope.failed > share_of(scope.limit, live, math.floor)
    if is_complete or is_late then return have_too_many_failed and SCOPE.GAVE_UP or SCOPE.FIRED end
    return scope.fail_fast and have_too_many_failed and SCOPE.GAVE_UP or nil
  end
  local need = knows_share and share_of(scope.limit, live, math.ceil)
  if need and scope.succeeded >= need then return SCOPE.FIRED end
  if is_complete or is_late then return SCOPE.GAVE_UP end
  local cannot_succeed = scope.is_sealed and scope.succeeded + scope.unfinished < need
  return scope.fail_fast and cannot_succeed and SCOPE.GAVE_UP or nil
end

-- The failure of the uniting state of a scope that has given up: JSON.
local function failure_of(scope)
  local message
  if scope.strategy == 'Q' then
    message = scope.succeeded .. ' of ' .. scope.total .. ' branches succeeded, and the strategy QUORUM needs '
      .. scope.limit
  else
    message = scope.failed .. ' of ' .. scope.total .. ' branches failed, and the strategy ALL_SUCCESS tolerates '
      .. (scope.limit == '0' and 'none' or scope.limit)
  end
  if scope.unfinished > 0 then message = message .. '; ' .. scope.unfinished .. ' were unfinished' end
  return '{"code":"UNITE_UNSATISFIED","message":"' .. message .. '"}'
end
