#include "tools/logtail/journal/entry.h"

#include <algorithm>
#include <utility>

#include "base/units.h"
#include "codec/render.h"

namespace logtail {
namespace {

constexpr std::uint64_t kSecond = 1'000'000;
constexpr std::size_t kMostKeys = 10000;

}  // namespace

void Entry::begin(std::uint64_t microseconds) {
  event_ = codec::Event();
  event_.timestamp = codec::Timestamp{.seconds = static_cast<std::int64_t>(microseconds / kSecond),
                                      .nanoseconds = static_cast<std::uint32_t>(microseconds % kSecond) * 1000,
                                      .digits = 6};
  for (std::string* text : {&appname_, &comm_, &procid_, &pid_, &hostname_, &message_}) text->clear();
  has_message_ = repeated_ = false;
  ++number_;
}

bool Entry::take_number(std::string_view value, std::uint8_t most, std::optional<std::uint8_t>& number) {
  const auto parsed = base::parse_number(value);
  if (!parsed || *parsed > most || number) return false;
  number = static_cast<std::uint8_t>(*parsed);
  return true;
}

void Entry::add(std::string_view field) {
  const std::size_t equals = std::min(field.find('='), field.size());
  const std::string_view name = field.substr(0, equals);
  const std::string_view value = field.substr(std::min(equals + 1, field.size()));
  if (name == "MESSAGE" && !std::exchange(has_message_, true))
    message_ = value;
  else if (name == "SYSLOG_IDENTIFIER" && appname_.empty())
    appname_ = value;
  else if (name == "_HOSTNAME" && hostname_.empty())
    hostname_ = value;
  else if ((name != "PRIORITY" || !take_number(value, 7, event_.severity)) &&
           (name != "SYSLOG_FACILITY" || !take_number(value, 23, event_.facility)))
    add_open(name, value);
}

void Entry::add_open(std::string_view name, std::string_view value) {
  if (name == "_COMM") comm_ = value;
  if (name == "SYSLOG_PID") procid_ = value;
  if (name == "_PID") pid_ = value;
  auto key = keys_.find(name);
  if (key == keys_.end()) {
    if (keys_.size() >= kMostKeys) keys_.clear();
    key = keys_.emplace(name, Key{codec::open_field_key(name)}).first;
  }
  repeated_ = std::exchange(key->second.used_last, number_) == number_ || repeated_;
  open_.add_text(key->second.text, value);
}

void Entry::append_json(std::string& out) {
  event_.appname = appname_.empty() ? comm_ : appname_;
  event_.procid = procid_.empty() ? pid_ : procid_;
  event_.hostname = hostname_;
  event_.message = message_;
  open_.apply(event_, repeated_ ? codec::OpenFieldBatch::Names::list : codec::OpenFieldBatch::Names::distinct);
  codec::append_json(out, event_);
}

}  // namespace logtail
