#include "tools/logredis/list/list_script.h"

namespace logredis {

const FlaggedScript kListScript(R"lua(#!lua flags=allow-oom
local key, consumer, backlog, lease = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local claim = ARGV[2]
local kPiece = 64  -- elements moved by one command: whatever their size, so many are held here at once
local kMany = 1000  -- messages that one call acknowledges singly

local function acknowledged() return tonumber(redis.call('HGET', consumer, 'claim:' .. claim) or -1) end
local function owned_by(owner) return redis.call('HGET', consumer, 'owner:' .. claim) == owner end
local function hold_lease(milliseconds)
  if tonumber(milliseconds) > 0 then redis.call('SET', lease, '', 'PX', milliseconds) end
end
local function forget()
  redis.call('HDEL', consumer, 'claim:' .. claim, 'owner:' .. claim, 'hole:' .. claim)
  redis.call('DEL', backlog, lease)
end

-- After `last` in any case, where the server has lost what it had counted: receipts may still come for that one.
local function new(last)
  local number = redis.call('HINCRBY', consumer, 'claims', 1)
  if number > tonumber(last) then return number end
  return redis.call('HINCRBY', consumer, 'claims', tonumber(last) + 1 - number)
end

local function open(owner, milliseconds)
  redis.call('HSET', consumer, 'claim:' .. claim, 0, 'owner:' .. claim, owner)
  hold_lease(milliseconds)
  return 1
end

local function first_of(part, bytes)
  local size = 0
  for i = 1, #part do
    size = size + #part[i]
    if size >= bytes then return i, size end
  end
  return #part, size
end

-- The messages of the backlog that the owner has not heard of.
local function unheard(from, count, bytes, out)
  local hole = redis.call('HGET', consumer, 'hole:' .. claim)
  while count > 0 and bytes > 0 do
    local part = redis.call('LRANGE', backlog, from, from + math.min(kPiece, count) - 1)
    local taken, size = first_of(part, bytes)
    if taken == 0 then break end
    for i = 1, taken do out[#out + 1] = part[i] ~= hole and part[i] end
    from, count, bytes = from + taken, count - taken, bytes - size
  end
  return out
end

local function move(count, bytes, out)
  while count > 0 and bytes > 0 do
    local part = redis.call('LRANGE', key, 0, math.min(kPiece, count) - 1)
    local taken, size = first_of(part, bytes)
    if taken == 0 then break end
    redis.call('RPUSH', backlog, unpack(part, 1, taken))
    redis.call('LTRIM', key, taken, -1)
    for i = 1, taken do out[#out + 1] = part[i] end
    count, bytes = count - taken, bytes - size
  end
  return out
end

local function take(owner, heard, count, bytes, milliseconds)
  local base = acknowledged()
  if base < 0 or not owned_by(owner) then return {-1} end
  hold_lease(milliseconds)
  local held = redis.call('LLEN', backlog)
  local known = math.max(tonumber(heard) - base, 0)
  if held < known then return {-1} end  -- the server has lost some: the next ones must not get their ids
  if held > known then return unheard(known, tonumber(count), tonumber(bytes), {base + known + 1}) end
  return move(tonumber(count), tonumber(bytes), {base + held + 1})
end

local function renew(owner, milliseconds)
  if acknowledged() < 0 or not owned_by(owner) then return 0 end
  hold_lease(milliseconds)
  return 1
end

-- The first `count` of the backlog, and what was acknowledged behind them before.
local function drop(count, base)
  redis.call('LTRIM', backlog, count, -1)
  local hole = redis.call('HGET', consumer, 'hole:' .. claim)
  while hole and redis.call('LINDEX', backlog, 0) == hole do
    redis.call('LPOP', backlog)
    count = count + 1
  end
  redis.call('HSET', consumer, 'claim:' .. claim, base + count)
  if redis.call('LLEN', backlog) == 0 and redis.call('EXISTS', lease) == 0 then forget() end
end

-- `owner`, where it is given, made the claim: one of the same number that the server has lost is not this one.
local function ack(sequence, owner)
  local base = acknowledged()
  if base < 0 then return 0 end
  local now = redis.call('HGET', consumer, 'owner:' .. claim)
  if owner and now and now ~= '' and now ~= owner then return 0 end
  local count = math.min(tonumber(sequence) - base, redis.call('LLEN', backlog))
  if count <= 0 then return 0 end
  drop(count, base)
  return count
end

-- Of a claim that is forgotten everything was handed out.
local function handed_out(sequence)
  local base = acknowledged()
  if base < 0 or tonumber(sequence) <= base + redis.call('LLEN', backlog) then return 1 end
  return 0
end

local function range(first, last, hole)
  local base = acknowledged()
  if base < 0 then return 0 end
  local newest = base + redis.call('LLEN', backlog)
  first, last = math.max(tonumber(first), base + 1), math.min(tonumber(last), newest)
  if first > last then return 0 end
  if first == base + 1 then
    drop(last - base, base)
    return 0
  end
  redis.call('HSETNX', consumer, 'hole:' .. claim, hole)
  hole = redis.call('HGET', consumer, 'hole:' .. claim)
  local upto = math.min(last, first + kMany - 1)
  for i = first, upto do redis.call('LSET', backlog, i - base - 1, hole) end
  return upto < last and upto + 1 or 0
end

-- Newest first, so that after any number of pieces R's head is in order.
local function give_back(count)
  local hole = redis.call('HGET', consumer, 'hole:' .. claim)
  local returned = 0
  while returned < count do
    local part = redis.call('LRANGE', backlog, -math.min(kPiece, count - returned), -1)
    if #part == 0 then break end
    local newest_first = {}
    for i = #part, 1, -1 do
      if part[i] ~= hole then newest_first[#newest_first + 1] = part[i] end
    end
    if #newest_first > 0 then redis.call('LPUSH', key, unpack(newest_first)) end
    redis.call('LTRIM', backlog, 0, -#part - 1)
    returned = returned + #newest_first
  end
  return returned
end

local function put_back(count, force)
  if acknowledged() < 0 then return {0, 0, 0} end
  if force ~= '1' and redis.call('EXISTS', lease) == 1 then return {0, redis.call('LLEN', backlog), 1} end
  -- Its owner, if it lives, shall notice. What no lease was held for is not taken back by others.
  local owner = redis.call('HGET', consumer, 'owner:' .. claim) or ''
  redis.call('HSET', consumer, 'owner:' .. claim, owner:sub(1, 5) == 'once:' and 'once:' or '')
  redis.call('DEL', lease)
  local returned = give_back(tonumber(count))
  local left = redis.call('LLEN', backlog)
  if left == 0 then forget() end
  return {returned, left, 0}
end

local function release(owner, handed)
  local base = acknowledged()
  if base < 0 or not owned_by(owner) then return 0 end
  local unread = redis.call('LLEN', backlog) - math.max(tonumber(handed) - base, 0)
  if unread > 0 then give_back(unread) end
  redis.call('DEL', lease)
  if redis.call('LLEN', backlog) == 0 then forget() end
  return 1
end

local function read(position, count, bytes)
  local out = {}
  position, count, bytes = tonumber(position), tonumber(count), tonumber(bytes)
  while count > 0 and bytes > 0 do
    local part = redis.call('LRANGE', key, position, position + math.min(kPiece, count) - 1)
    local taken, size = first_of(part, bytes)
    if taken == 0 then break end
    for i = 1, taken do out[#out + 1] = part[i] end
    position, count, bytes = position + taken, count - taken, bytes - size
  end
  return out
end

local function trim(keep)
  local before = redis.call('LLEN', key)
  local deleted = math.max(before - tonumber(keep), 0)
  if deleted > 0 then redis.call('LTRIM', key, deleted, -1) end
  return deleted
end

local operation = ARGV[1]
if operation == 'new' then return new(ARGV[3]) end
if operation == 'open' then return open(ARGV[3], ARGV[4]) end
if operation == 'take' then return take(ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7]) end
if operation == 'renew' then return renew(ARGV[3], ARGV[4]) end
if operation == 'ack' then return ack(ARGV[3], ARGV[4]) end
if operation == 'clear' then return ack(math.huge) end
if operation == 'handed' then return handed_out(ARGV[3]) end
if operation == 'range' then return range(ARGV[3], ARGV[4], ARGV[5]) end
if operation == 'return' then return put_back(ARGV[3], ARGV[4]) end
if operation == 'release' then return release(ARGV[3], ARGV[4]) end
if operation == 'read' then return read(ARGV[3], ARGV[4], ARGV[5]) end
if operation == 'trim' then return trim(ARGV[3]) end
return redis.error_reply('ERR unknown operation ' .. operation)
)lua");

}  // namespace logredis
