#include "tools/logredis/hub/hub_scripts.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace logredis {
namespace {

template <std::size_t... N>
consteval auto join(const char (&... parts)[N]) {
  std::array<char, (... + (N - 1))> all{};
  char* end = all.data();
  ((end = std::copy_n(parts, N - 1, end)), ...);
  return all;
}

template <std::size_t N>
constexpr redis::Script script(const std::array<char, N>& text) {
  return {{text.data(), text.size()}};
}

// `known`: what the server has of the channel, "BIRTH REVISION TOKEN ...". `ahead`: by how much that is newer than the
// stamp in the arguments; below 0: it is older, or there is none.
constexpr char kStamp[] = R"lua(
local placed, log = KEYS[1], KEYS[2]
local id = ARGV[1]
local known = redis.call('HGET', placed, id)
local birth, revision = string.match(known or '0 -1', '^(%d+) (-?%d+)')
local reborn = tonumber(birth) - tonumber(ARGV[2])
local ahead = reborn ~= 0 and reborn or tonumber(revision) - tonumber(ARGV[3])
local function groups() return string.gmatch(known or '', ' (d%.%S+)') end
)lua";

constexpr char kForgetting[] = R"lua(
local counts, lost = KEYS[3], KEYS[4]
local function forget_group(name)
  redis.call('DEL', log .. ':sole:' .. name)
  redis.call('HDEL', lost, id .. ' ' .. name)
  redis.call('HDEL', log .. ':untold', name, name .. ' since', name .. ' told')
end
local function forget()
  for name in groups() do forget_group(name) end
  redis.call('DEL', log)
  redis.call('HDEL', counts, id)
end
)lua";

constexpr auto kPlace = join(kStamp, kForgetting, R"lua(
if ahead > 0 then return 0 end
local old, new = {}, {}
if known and reborn ~= 0 then
  forget()
else
  for name in groups() do old[name] = true end
end
for i = 4, #ARGV do new[ARGV[i]] = true end
for name in pairs(old) do
  if not new[name] then
    redis.pcall('XGROUP', 'DESTROY', log, name)
    forget_group(name)
  end
end
for name in pairs(new) do
  if not old[name] then redis.pcall('XGROUP', 'CREATE', log, name, '$', 'MKSTREAM') end
end
redis.call('HSET', placed, id, table.concat(ARGV, ' ', 2))
return 1
)lua");

constexpr auto kForget = join(kStamp, kForgetting, R"lua(
if not known or ahead > 0 then return 0 end
forget()
return redis.call('HDEL', placed, id)
)lua");

// Ids are MILLISECONDS-NUMBER: the numbers of a channel's messages have no gaps. Where the clock was set back, the time
// of the message before is used. A log that has expired has lost its groups, and gets them again.
constexpr auto kAppend = join(kStamp, R"lua(
if ahead < 0 then return false end
if reborn > 0 then return 0 end
local counts, news, lost = KEYS[3], KEYS[4], KEYS[5]
local cap = tonumber(ARGV[4])
local drained = groups()() ~= nil
if drained and redis.call('EXISTS', log) == 0 then
  for name in groups() do redis.call('XGROUP', 'CREATE', log, name, '0', 'MKSTREAM') end
end
local count = #ARGV - 5
local last = redis.call('HINCRBY', counts, id, count)
local now = redis.call('TIME')
local time = string.format('%s%03d', now[1], math.floor(tonumber(now[2]) / 1000))
for i = 1, count do
  local number = string.format('%.0f', last - count + i)
  local added = redis.pcall('XADD', log, time .. '-' .. number, 'm', ARGV[5 + i])
  if type(added) == 'table' then
    local info = redis.call('XINFO', 'STREAM', log)
    for f = 1, #info, 2 do
      if info[f] == 'last-generated-id' then time = info[f + 1]:match('^%d+') end
    end
    redis.call('XADD', log, time .. '-' .. number, 'm', ARGV[5 + i])
  end
end
if cap > 0 and redis.call('XTRIM', log, 'MAXLEN', '~', ARGV[4]) > 0 and drained then
  local first = redis.call('XRANGE', log, '-', '+', 'COUNT', 1)[1]
  local first_time, first_number = first[1]:match('^(%d+)-(%d+)$')
  for _, group in ipairs(redis.call('XINFO', 'GROUPS', log)) do
    local fields = {}
    for f = 1, #group, 2 do fields[group[f]] = group[f + 1] end
    local missed = tonumber(first_number) - 1 - tonumber(fields['last-delivered-id']:match('%d+$'))
    if missed > 0 then
      redis.call('XGROUP', 'SETID', log, fields['name'], first_time .. '-' .. string.format('%.0f', first_number - 1))
      redis.call('HINCRBY', lost, id .. ' ' .. fields['name'], missed)
      redis.call('HINCRBY', log .. ':untold', fields['name'], missed)
      redis.call('HSETNX', log .. ':untold', fields['name'] .. ' since', time)
    end
  end
end
if ARGV[5] ~= '0' then redis.call('PEXPIRE', log, ARGV[5]) end
local note = redis.call('HINCRBY', counts, '', 1)
redis.call('XADD', news, 'MAXLEN', '~', 100000, string.format('%.0f-0', note), 'log', id)
return last
)lua");

constexpr auto kRead = join(kStamp, R"lua(
if ahead < 0 then return false end
local command, from, to, bytes = ARGV[4], ARGV[5], ARGV[6], tonumber(ARGV[7])
local out, size = {1}, 0
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
)lua");

constexpr auto kStanding = join(kStamp, R"lua(
if ahead < 0 then return false end
local counts, lost = KEYS[3], KEYS[4]
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
)lua");

constexpr auto kClaim = join(kStamp, R"lua(
if ahead < 0 then return false end
local lease = KEYS[3]
local drain, node, text, time = ARGV[4], ARGV[5], ARGV[6], ARGV[7]
if not string.find(known .. ' ', ' ' .. drain .. ' ', 1, true) then return -1 end
local holder = redis.call('GET', lease)
if holder and holder:sub(1, #node) ~= node then return 0 end
redis.call('SET', lease, text, 'PX', time)
redis.pcall('XGROUP', 'CREATE', log, drain, '0', 'MKSTREAM')
return 1
)lua");

}  // namespace

const redis::Script kHubPlace = script(kPlace);
const redis::Script kHubForget = script(kForget);
const redis::Script kHubAppend = script(kAppend);
const redis::Script kHubRead = script(kRead);
const redis::Script kHubStanding = script(kStanding);
const redis::Script kHubClaim = script(kClaim);

const redis::Script kHubFind{R"lua(
return {redis.call('HGET', KEYS[1], ARGV[1]), redis.call('HGET', KEYS[2], ARGV[1])}
)lua"};

const redis::Script kHubFindToken{R"lua(
local id = redis.call('HGET', KEYS[1], ARGV[1])
if not id then return {false, false, false} end
return {id, redis.call('HGET', KEYS[2], id), redis.call('HGET', KEYS[3], id)}
)lua"};

const redis::Script kHubList{R"lua(
local stamps, out = {}, {}
local all = redis.call('HGETALL', KEYS[2])
for i = 1, #all, 2 do stamps[all[i]] = all[i + 1] end
local channels = redis.call('HGETALL', KEYS[1])
for i = 1, #channels, 2 do
  local id = channels[i]
  out[#out + 1] = id
  out[#out + 1] = channels[i + 1]
  out[#out + 1] = stamps[id] or false
end
return out
)lua"};

// The revision is the time in microseconds, so that it rises also where the server has lost its last changes.
const redis::Script kHubUpdate{R"lua(
local channels, tokens, stamps, changes = unpack(KEYS)
local id, old, new = unpack(ARGV)
local known = redis.call('HGET', channels, id) or ''
if known ~= old then return {'changed', known} end
local function tokens_of(json)
  local all = {}
  if json ~= '' then
    for _, token in pairs(cjson.decode(json).tokens or {}) do all[token] = true end
  end
  return all
end
local old_tokens, new_tokens = tokens_of(old), tokens_of(new)
for token in pairs(new_tokens) do
  local owner = redis.call('HGET', tokens, token)
  if owner and owner ~= id then return {'taken', token} end
end
for token in pairs(old_tokens) do
  if not new_tokens[token] then redis.call('HDEL', tokens, token) end
end
for token in pairs(new_tokens) do redis.call('HSET', tokens, token, id) end
local now = redis.call('TIME')
local last = tonumber(redis.call('HGET', stamps, '/') or '0')
local revision = string.format('%.0f', math.max(tonumber(now[1]) * 1000000 + tonumber(now[2]), last + 1))
redis.call('HSET', stamps, '/', revision)
local birth = string.match(redis.call('HGET', stamps, id) or '', '^%d+')
if old == '' then birth = revision end
local stamp = (birth or '0') .. ' ' .. revision
if new == '' then
  redis.call('HDEL', channels, id)
  redis.call('HDEL', stamps, id)
else
  redis.call('HSET', channels, id, new)
  redis.call('HSET', stamps, id, stamp)
end
local note = redis.call('HINCRBY', stamps, '', 1)
redis.call('XADD', changes, 'MAXLEN', '~', 100000, string.format('%.0f-0', note), 'channel', id)
return {'done', stamp}
)lua"};

}  // namespace logredis
