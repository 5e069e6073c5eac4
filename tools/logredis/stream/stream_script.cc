#include "tools/logredis/stream/stream_script.h"

namespace logredis {

const FlaggedScript kStreamScript(R"lua(#!lua flags=allow-oom
local key, wake = KEYS[1], KEYS[2]
local group = ARGV[2]
local kPiece = 64    -- entries read by one command
local kMany = 1000   -- pending entries looked at by one command
local kMost = 20000  -- acknowledged by one call

local function size_of(fields)
  local size = 0
  for i = 1, #fields do size = size + #fields[i] end
  return size
end

-- Appends what XREADGROUP, XRANGE or XCLAIM gave, about `bytes` of it: a message, or the fields that another program
-- wrote. How many bytes that were, the last id, and how many entries are left over.
local function append(entries, bytes, out)
  local n, size, id = #out, 0, nil
  for i = 1, #entries do
    if size >= bytes then return size, id, #entries - i + 1 end
    local fields = entries[i][2]
    id = entries[i][1]
    if fields then
      local content = fields[2]
      if #fields == 2 and fields[1] == 'm' then
        size = size + #content
      else
        content = fields
        size = size + size_of(fields)
      end
      out[n + 1], out[n + 2] = id, content
      n = n + 2
    end
  end
  return size, id, 0
end

-- What does not fit in is left unheard.
local function read(me, from, count, bytes, out)
  while count > 0 and bytes > 0 do
    local piece = math.min(kPiece, count)
    local found = redis.call('XREADGROUP', 'GROUP', group, me, 'COUNT', piece, 'STREAMS', key, from)
    local entries = found and found[1][2] or {}
    local size, last, left = append(entries, bytes, out)
    if left > 0 then out[1] = 'unheard' end
    if left > 0 or #entries < piece then break end
    if from ~= '>' then from = last end
    count, bytes = count - #entries, bytes - size
  end
  return out
end

local function last_added()
  local info = redis.call('XINFO', 'STREAM', key)
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then return info[i + 1] end
  end
end

local function last_delivered()
  for _, each in ipairs(redis.call('XINFO', 'GROUPS', key)) do
    local fields = {}
    for i = 1, #each, 2 do fields[each[i]] = each[i + 1] end
    if fields['name'] == group then return fields['last-delivered-id'] end
  end
end

-- Whoever drops entries that the group was not given moves it to the last of these.
local function loss(being_told)
  local count = tonumber(redis.call('HGET', KEYS[3], group) or '0') - tonumber(being_told)
  if count <= 0 then return nil end
  return {'lost', last_delivered(), count, redis.call('HGET', KEYS[3], group .. ' since') or '0'}
end

local function told(id, count)
  if redis.call('HGET', KEYS[3], group .. ' told') == id then return 0 end
  redis.call('HSET', KEYS[3], group .. ' told', id)
  if redis.call('HINCRBY', KEYS[3], group, -count) <= 0 then redis.call('HDEL', KEYS[3], group, group .. ' since') end
  return 1
end

local function take(me, count, bytes, being_told)
  if #redis.call('XPENDING', key, group, '-', '+', 1, 'rewound') > 0 then return {'rewound'} end
  local lost = KEYS[3] and loss(being_told)
  if lost then return lost end
  local out = read(me, '>', tonumber(count), tonumber(bytes), {'new'})
  return #out > 1 and out or {'end', last_added()}
end

local function owner_of(id)
  local found = redis.call('XPENDING', key, group, id, id, 1)
  return found[1] and found[1][2]
end

local function claim(me, bytes)
  local out, passed = {0}, 0
  bytes = tonumber(bytes)
  for i = 5, #ARGV, 2 do
    if bytes <= 0 then break end
    local id, from = ARGV[i], ARGV[i + 1]
    local owner = owner_of(id)
    if owner and (owner == from or owner == me) then
      local claimed = redis.call('XCLAIM', key, group, me, 0, id)
      if claimed[1] then
        bytes = bytes - append(claimed, 1, out)
      else
        redis.call('XACK', key, group, id)  -- it was deleted; before 7.0 it would be pending for ever
      end
    end
    passed = passed + 1
  end
  out[1] = passed
  return out
end

local function give(to)
  local given = 0
  for i = 4, #ARGV, 2 do
    if owner_of(ARGV[i]) == ARGV[i + 1] then
      given = given + #redis.call('XCLAIM', key, group, to, 0, ARGV[i], 'JUSTID')
    end
  end
  if given > 0 then
    redis.call('XADD', wake, 'MAXLEN', '1', '*', 'g', group)
    redis.call('PEXPIRE', wake, 60000)
  end
  return given
end

local function leave(me)
  if #redis.call('XPENDING', key, group, '-', '+', 1, me) > 0 then return 0 end
  redis.call('XGROUP', 'DELCONSUMER', key, group, me)
  return 1
end

local function acknowledge(first, last, owner)
  local filter = {key, group, first, last, kMany}
  if owner ~= '' then filter[6] = owner end
  local pending = redis.call('XPENDING', unpack(filter))
  if #pending == 0 then return 0 end
  local ids = {}
  for i = 1, #pending do ids[i] = pending[i][1] end
  return redis.call('XACK', key, group, unpack(ids))
end

-- {acknowledged, done with so many ids}
local function receipts()
  local acked = 0
  for i = 3, #ARGV do
    local owner = owner_of(ARGV[i])
    while owner do
      local now = acknowledge('-', ARGV[i], owner)
      acked = acked + now
      if now == 0 then break end
      if acked >= kMost then return {acked, i - 3} end
    end
    if owner and owner:sub(1, 5) == 'once:' then leave(owner) end
  end
  return {acked, #ARGV - 2}
end

local function range(first, last, count, bytes)
  local out = {'read'}
  count, bytes = tonumber(count), tonumber(bytes)
  while count > 0 and bytes > 0 do
    local entries = redis.call('XRANGE', key, first, last, 'COUNT', math.min(kPiece, count))
    if #entries == 0 then break end
    local size, newest, left = append(entries, bytes, out)
    if left > 0 then break end
    first = '(' .. newest
    count, bytes = count - #entries, bytes - size
  end
  return out
end

local function after(id)
  local time, sequence = id:match('^(%d+)-(%d+)$')
  return time .. '-' .. string.format('%.0f', tonumber(sequence) + 1)
end

local function less(a, b)
  local a_time, a_sequence = a:match('^(%d+)-(%d+)$')
  local b_time, b_sequence = b:match('^(%d+)-(%d+)$')
  if a_time ~= b_time then return tonumber(a_time) < tonumber(b_time) end
  return tonumber(a_sequence) < tonumber(b_sequence)
end

-- The first entry that some group has not acknowledged; nothing: there is no group.
local function first_needed()
  local lowest
  for _, each in ipairs(redis.call('XINFO', 'GROUPS', key)) do
    local fields = {}
    for i = 1, #each, 2 do fields[each[i]] = each[i + 1] end
    local needed = redis.call('XPENDING', key, fields['name'])[2] or after(fields['last-delivered-id'])
    if not lowest or less(needed, lowest) then lowest = needed end
  end
  return lowest
end

local function trim(upto)
  local limit = first_needed()
  if upto ~= '' and (not limit or less(upto, limit)) then limit = upto end
  return limit and redis.call('XTRIM', key, 'MINID', '=', limit) or 0
end

local operation = ARGV[1]
if operation == 'take' then return take(ARGV[3], ARGV[4], ARGV[5], ARGV[6]) end
if operation == 'told' then return told(ARGV[3], ARGV[4]) end
if operation == 'unheard' then return read(ARGV[3], ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6]), {'unheard'}) end
if operation == 'claim' then return claim(ARGV[3], ARGV[4]) end
if operation == 'give' then return give(ARGV[3]) end
if operation == 'leave' then return leave(ARGV[3]) end
if operation == 'ack' then return acknowledge(ARGV[3], ARGV[4], ARGV[5]) end
if operation == 'receipts' then return receipts() end
if operation == 'read' then return range(ARGV[3], ARGV[4], ARGV[5], ARGV[6]) end
if operation == 'trim' then return trim(ARGV[3]) end
return redis.error_reply('ERR unknown operation ' .. operation)
)lua");

}  // namespace logredis
