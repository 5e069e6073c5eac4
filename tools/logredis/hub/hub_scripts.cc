#include "tools/logredis/hub/hub_scripts.h"

namespace logredis {

// Ids are MILLISECONDS-NUMBER: the numbers of a channel's messages have no gaps. Where the clock was set back, the time
// of the message before is used. A log that has expired has lost its groups, and gets them again.
const redis::Script kHubAppend{R"lua(
local log, channels, counts, news, lost = unpack(KEYS)
local id, cap = ARGV[1], tonumber(ARGV[2])
local channel = redis.call('HGET', channels, id)
if not channel then return 0 end
local drained = channel:find('"drains"', 1, true)
if drained and redis.call('EXISTS', log) == 0 then
  for _, drain in ipairs(cjson.decode(channel).drains) do
    if drain.url then redis.call('XGROUP', 'CREATE', log, drain.token, '0', 'MKSTREAM') end
  end
end
local count = #ARGV - 3
local last = redis.call('HINCRBY', counts, id, count)
local now = redis.call('TIME')
local time = string.format('%s%03d', now[1], math.floor(tonumber(now[2]) / 1000))
for i = 1, count do
  local number = string.format('%.0f', last - count + i)
  local added = redis.pcall('XADD', log, time .. '-' .. number, 'm', ARGV[3 + i])
  if type(added) == 'table' then
    local info = redis.call('XINFO', 'STREAM', log)
    for f = 1, #info, 2 do
      if info[f] == 'last-generated-id' then time = info[f + 1]:match('^%d+') end
    end
    redis.call('XADD', log, time .. '-' .. number, 'm', ARGV[3 + i])
  end
end
if cap > 0 and redis.call('XTRIM', log, 'MAXLEN', '~', ARGV[2]) > 0 and drained then
  local first = redis.call('XRANGE', log, '-', '+', 'COUNT', 1)[1]
  local first_time, first_number = first[1]:match('^(%d+)-(%d+)$')
  for _, group in ipairs(redis.call('XINFO', 'GROUPS', log)) do
    local fields = {}
    for f = 1, #group, 2 do fields[group[f]] = group[f + 1] end
    local missed = tonumber(first_number) - 1 - tonumber(fields['last-delivered-id']:match('%d+$'))
    if missed > 0 then
      redis.call('XGROUP', 'SETID', log, fields['name'], first_time .. '-' .. string.format('%.0f', first_number - 1))
      redis.call('HINCRBY', lost, id .. ' ' .. fields['name'], missed)
    end
  end
end
if ARGV[3] ~= '0' then redis.call('PEXPIRE', log, ARGV[3]) end
local note = redis.call('HINCRBY', counts, '', 1)
redis.call('XADD', news, 'MAXLEN', '~', 100000, string.format('%.0f-0', note), 'log', id)
return last
)lua"};

const redis::Script kHubUpdate{R"lua(
local channels, tokens, counts, news, lost, log = unpack(KEYS)
local id, old, new = unpack(ARGV)
local known = redis.call('HGET', channels, id) or ''
if known ~= old then return {'changed', known} end
local function parts(json)
  local names, groups = {}, {}
  if json ~= '' then
    local channel = cjson.decode(json)
    for _, token in pairs(channel.tokens or {}) do names[token] = true end
    for _, drain in ipairs(channel.drains or {}) do
      if drain.url then groups[drain.token] = true end
    end
  end
  return names, groups
end
local old_tokens, old_groups = parts(old)
local new_tokens, new_groups = parts(new)
for token in pairs(new_tokens) do
  local owner = redis.call('HGET', tokens, token)
  if owner and owner ~= id then return {'taken', token} end
end
for token in pairs(old_tokens) do
  if not new_tokens[token] then redis.call('HDEL', tokens, token) end
end
for token in pairs(new_tokens) do redis.call('HSET', tokens, token, id) end
for group in pairs(old_groups) do
  if not new_groups[group] then
    redis.pcall('XGROUP', 'DESTROY', log, group)
    redis.call('DEL', log .. ':sole:' .. group)
    redis.call('HDEL', lost, id .. ' ' .. group)
  end
end
for group in pairs(new_groups) do
  if not old_groups[group] then redis.call('XGROUP', 'CREATE', log, group, '$', 'MKSTREAM') end
end
if new == '' then
  redis.call('HDEL', channels, id)
  redis.call('HDEL', counts, id)
  redis.call('DEL', log)
else
  redis.call('HSET', channels, id, new)
end
local note = redis.call('HINCRBY', counts, '', 1)
redis.call('XADD', news, 'MAXLEN', '~', 100000, string.format('%.0f-0', note), 'channel', id)
return {'done'}
)lua"};

const redis::Script kHubFindToken{R"lua(
local id = redis.call('HGET', KEYS[1], ARGV[1])
return id and {id, redis.call('HGET', KEYS[2], id)}
)lua"};

const redis::Script kHubRead{R"lua(
local log, channels = unpack(KEYS)
local command, from, to, bytes, id = unpack(ARGV)
if redis.call('HEXISTS', channels, id) == 0 then return nil end
local out, size = {1}, 0
bytes = tonumber(bytes)
while true do
  local entries = redis.call(command, log, from, to, 'COUNT', 64)
  for _, entry in ipairs(entries) do
    if size >= bytes then
      out[1] = 0
      return out
    end
    local fields = entry[2]
    local content = (#fields == 2 and fields[1] == 'm') and fields[2] or fields
    for _, field in ipairs(fields) do size = size + #field end
    out[#out + 1] = entry[1]
    out[#out + 1] = content
    from = '(' .. entry[1]
  end
  if #entries < 64 then return out end
end
)lua"};

const redis::Script kHubStanding{R"lua(
local log, channels, counts, lost = unpack(KEYS)
local id = ARGV[1]
if redis.call('HEXISTS', channels, id) == 0 then return nil end
local length = redis.call('XLEN', log)
local last = tonumber(redis.call('HGET', counts, id) or '0')
local bytes = redis.pcall('MEMORY', 'USAGE', log)
if type(bytes) ~= 'number' then bytes = 0 end
local now = redis.call('TIME')
local out = {length, last, bytes, string.format('%s%03d', now[1], math.floor(tonumber(now[2]) / 1000))}
local groups = redis.pcall('XINFO', 'GROUPS', log)
if groups.err then return out end
for _, group in ipairs(groups) do
  local fields = {}
  for f = 1, #group, 2 do fields[group[f]] = group[f + 1] end
  local name, given = fields['name'], fields['last-delivered-id']
  local pending = redis.call('XPENDING', log, name)
  local number = tonumber(given:match('%d+$'))
  local unread = given == '0-0' and length or math.min(length, math.max(last - number, 0))
  local oldest, floor = '', number
  if pending[1] > 0 then
    oldest = pending[2]:match('^%d+')
    floor = tonumber(pending[2]:match('%d+$')) - 1
  elseif unread > 0 then
    local next = redis.call('XRANGE', log, '(' .. given, '+', 'COUNT', 1)[1]
    oldest = next and next[1]:match('^%d+') or ''
  end
  local missed = tonumber(redis.call('HGET', lost, id .. ' ' .. name) or '0')
  out[#out + 1] = {name, floor, pending[1] + unread, missed, oldest}
end
return out
)lua"};

const redis::Script kHubClaim{R"lua(
local lease, channels, log = unpack(KEYS)
local id, drain, node, text, time = unpack(ARGV)
local channel = redis.call('HGET', channels, id)
if not channel or not channel:find(drain, 1, true) then return nil end
local holder = redis.call('GET', lease)
if holder and holder:sub(1, #node) ~= node then return {0} end
redis.call('SET', lease, text, 'PX', time)
redis.pcall('XGROUP', 'CREATE', log, drain, '0', 'MKSTREAM')
return {1, channel}
)lua"};

}  // namespace logredis
