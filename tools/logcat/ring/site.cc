#include "tools/logcat/ring/site.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "base/clock.h"
#include "codec/base64.h"
#include "codec/json_object.h"
#include "codec/json_string.h"
#include "mulog/layout.h"
#include "mulog/mulog.h"

namespace logcat {
namespace {

constexpr std::size_t kWord = 8;
constexpr std::uint64_t kMillisecond = 1000000;
constexpr char kNameKey[] = "mulog/event-name";
constexpr char kTimeKey[] = "mulog/timestamp";
constexpr char kIdKey[] = "mulog/trace-id";
constexpr char kNamespaceKey[] = "mulog/namespace";

std::string member_of(std::string_view key) {
  std::string member = ",";
  codec::append_json_string(member, key);
  return member + ":";
}

std::optional<std::uint64_t> take_word(std::string_view& values) {
  if (values.size() < kWord) return std::nullopt;
  std::uint64_t word;
  std::memcpy(&word, values.data(), kWord);
  values.remove_prefix(kWord);
  return word;
}

std::optional<std::string_view> take_bytes(std::string_view& values, std::uint64_t size) {
  if (size > values.size()) return std::nullopt;
  const std::string_view bytes = values.substr(0, size);
  values.remove_prefix(std::min<std::size_t>(values.size(), (size + kWord - 1) / kWord * kWord));
  return bytes;
}

// As mulog has it, with milliseconds.
std::string iso_time(std::int64_t nanoseconds) {
  const base::WallTime time{std::chrono::nanoseconds(nanoseconds)};
  const std::string text = base::format_time(time);
  return text.substr(0, text.size() - 4) + "Z";
}

void append_base64_string(std::string& out, std::string_view bytes) {
  out += '"';
  codec::append_base64(out, bytes);
  out += '"';
}

bool append_value(std::string& out, std::uint8_t type, std::string_view& values) {
  const auto word = take_word(values);
  if (!word) return false;
  switch (type) {
    case MULOG_NULL:
      out += "null";
      return true;
    case MULOG_INT:
    case MULOG_DURATION:
      out += std::to_string(static_cast<std::int64_t>(*word));
      return true;
    case MULOG_UINT:
      out += std::to_string(*word);
      return true;
    case MULOG_BOOL:
      out += *word != 0 ? "true" : "false";
      return true;
    case MULOG_TIME:
      codec::append_json_string(out, iso_time(static_cast<std::int64_t>(*word)));
      return true;
    case MULOG_DOUBLE: {
      const double number = std::bit_cast<double>(*word);
      out += std::isfinite(number) ? codec::JsonValue(number).text() : "null";
      return true;
    }
    default:
      break;
  }
  const auto bytes = take_bytes(values, *word);
  if (!bytes) return false;
  if (type == MULOG_STRING)
    codec::append_json_string(out, *bytes);
  else
    append_base64_string(out, *bytes);
  return true;
}

}  // namespace

std::optional<Site> Site::parse(std::string_view bytes) {
  mulog_site_head head;
  if (bytes.size() < sizeof head) return std::nullopt;
  std::memcpy(&head, bytes.data(), sizeof head);
  const std::string_view pairs = bytes.substr(sizeof head);
  if (head.pairs > MULOG_LAYOUT_MOST_PAIRS || pairs.size() < 2U * head.pairs) return std::nullopt;
  std::string_view rest = pairs.substr(2U * head.pairs);
  const auto take = [&rest](std::size_t size) {
    const std::string_view text = rest.substr(0, size);
    rest.remove_prefix(text.size());
    return text;
  };
  Site site;
  const std::string_view name = take(head.name);
  const std::string_view space = take(head.namespace_);
  for (std::size_t i = 0; i < head.pairs; ++i) {
    const auto type = static_cast<std::uint8_t>(pairs[2 * i]);
    const auto size = static_cast<std::uint8_t>(pairs[2 * i + 1]);
    if (type > MULOG_BYTES || size > rest.size()) return std::nullopt;
    site.keys_.emplace_back(take(size));
    site.pairs_.push_back({type, member_of(site.keys_.back()), false});
  }
  for (std::size_t i = 0; i < site.keys_.size(); ++i)
    site.pairs_[i].repeated = std::ranges::count(site.keys_.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                                                 site.keys_.end(), site.keys_[i]) > 0;
  if (!site.has_key(kNameKey)) codec::append_json_string(site.name_ = member_of(kNameKey), name);
  if (!space.empty() && !site.has_key(kNamespaceKey))
    codec::append_json_string(site.namespace_ = member_of(kNamespaceKey), space);
  site.has_time_ = !site.has_key(kTimeKey);
  site.has_id_ = !site.has_key(kIdKey);
  return site;
}

bool Site::has_key(std::string_view key) const {
  return std::ranges::find(keys_, key) != keys_.end();
}

bool Site::render(const EventHead& head, std::string_view values, std::string& out) const {
  const std::size_t start = out.size();
  out += name_;
  if (has_time_) out += member_of(kTimeKey) + std::to_string(head.time / kMillisecond);
  if (has_id_) out += member_of(kIdKey) + '"' + flake_text(head.id) + '"';
  out += namespace_;
  for (const Pair& pair : pairs_) {
    const std::size_t before = out.size();
    out += pair.member;
    if (!append_value(out, pair.type, values)) return false;
    if (pair.repeated) out.resize(before);
  }
  if (out.size() == start) out += '{';
  out[start] = '{';  // in place of the first comma
  out += '}';
  return values.empty();
}

}  // namespace logcat
