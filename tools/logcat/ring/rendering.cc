#include "tools/logcat/ring/rendering.h"

#include <algorithm>
#include <charconv>

#include "codec/json_string.h"
#include "mulog/layout.h"
#include "tools/logcat/ring/value.h"

namespace logcat {
namespace {

constexpr std::uint64_t kMillisecond = 1000000;
constexpr std::size_t kDigits = 20;  // of the longest number

std::string member_of(std::string_view key) {
  std::string member = ",";
  codec::append_json_string(member, key);
  return member + ":";
}

// Nothing where a pair has that key.
std::string base_member(const Site& site, std::string_view key) {
  return site.has_key(key) ? std::string() : member_of(key);
}

}  // namespace

Rendering::Rendering(const Site& site, std::span<const Site* const> contexts)
    : name_(base_member(site, "mulog/event-name")),
      time_(base_member(site, "mulog/timestamp")),
      id_(base_member(site, "mulog/trace-id")),
      namespace_(site.namespace_.empty() ? std::string() : base_member(site, "mulog/namespace")) {
  if (!name_.empty()) codec::append_json_string(name_, site.name);
  if (!namespace_.empty()) codec::append_json_string(namespace_, site.namespace_);
  base_size_ = name_.size() + time_.size() + kDigits + id_.size() + codec::kFlakeText + 2 + namespace_.size();
  for (std::size_t i = 0; i < site.pairs.size(); ++i) {
    const Site::Pair& pair = site.pairs[i];
    const bool repeated = std::any_of(site.pairs.begin() + static_cast<std::ptrdiff_t>(i) + 1, site.pairs.end(),
                                      [&pair](const Site::Pair& later) { return later.key == pair.key; });
    pairs_.push_back({pair.type, member_of(pair.key), repeated});
  }
  for (std::size_t i = 0; i < contexts.size(); ++i) {
    Pairs& pairs = contexts_.emplace_back();
    for (const auto& [type, key] : contexts[i]->pairs)
      pairs.push_back({type, member_of(key), hides(site, contexts.subspan(i + 1), key)});
    // Of the same context, too, the later wins.
    for (std::size_t one = 0; one < pairs.size(); ++one)
      for (std::size_t other = one + 1; other < pairs.size(); ++other)
        if (pairs[one].member == pairs[other].member) pairs[one].hidden = true;
  }
}

// What each event has wins over contexts, too.
bool Rendering::hides(const Site& site, std::span<const Site* const> later, std::string_view key) const {
  const std::string member = member_of(key);
  const auto is_base = [&member](const std::string& of) { return of.starts_with(member); };
  return is_base(name_) || is_base(time_) || is_base(id_) || is_base(namespace_) || site.has_key(key) ||
         std::ranges::any_of(later, [key](const Site* context) { return context->has_key(key); });
}

bool Rendering::append_all(const Pairs& pairs, std::string_view& values, std::string& out) {
  for (const Pair& pair : pairs) {
    const std::size_t before = out.size();
    out += pair.member;
    if (!append_value(out, pair.type, values)) return false;
    if (pair.hidden) out.resize(before);
  }
  return true;
}

// At once, as this is what most events are made of.
void Rendering::append_base(const EventHead& head, std::string& out) const {
  const std::size_t start = out.size();
  out.resize(start + base_size_);
  char* at = out.data() + start;
  const auto put = [&at](const std::string& member) { at = std::copy_n(member.data(), member.size(), at); };
  put(name_);
  if (!time_.empty()) {
    put(time_);
    at = std::to_chars(at, at + kDigits, head.time / kMillisecond).ptr;
  }
  if (!id_.empty()) {
    put(id_);
    *at++ = '"';
    codec::write_flake_text(head.id, at);
    at += codec::kFlakeText;
    *at++ = '"';
  }
  put(namespace_);
  out.resize(static_cast<std::size_t>(at - out.data()));
}

bool Rendering::append(const EventHead& head, std::string_view contexts, std::string_view values,
                       std::string& out) const {
  const std::size_t start = out.size();
  append_base(head, out);
  if (!append_all(pairs_, values, out) || !values.empty()) return false;
  for (const Pairs& pairs : contexts_) {
    contexts.remove_prefix(std::min(sizeof(mulog_context_head), contexts.size()));
    if (!append_all(pairs, contexts, out)) return false;
  }
  if (out.size() == start) out += '{';
  out[start] = '{';  // in place of the first comma
  out += '}';
  return contexts.empty();
}

}  // namespace logcat
