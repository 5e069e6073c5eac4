#include "rules/completion.h"

#include <pwd.h>
#include <unistd.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "base/units.h"
#include "codec/field.h"
#include "codec/json_walk.h"
#include "net/socket.h"

namespace rules {
namespace {

std::string user_name() {
  const passwd* user = ::getpwuid(::geteuid());
  return user != nullptr ? user->pw_name : std::to_string(::geteuid());
}

base::Result<void> set_priority(codec::Event& event, std::string_view text) {
  const auto bad = [&] {
    return base::fail(base::Kind::usage, "--pri",
                      "'" + std::string(text) + "' is no FACILITY.SEVERITY and no number up to 191");
  };
  if (const auto number = base::parse_number(text)) {
    if (*number > 191) return bad();
    event.facility = static_cast<std::uint8_t>(*number / 8);
    event.severity = static_cast<std::uint8_t>(*number % 8);
    return {};
  }
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) return bad();
  event.facility = codec::facility_named(text.substr(0, dot));
  event.severity = codec::severity_named(text.substr(dot + 1));
  if (!event.facility || !event.severity) return bad();
  return {};
}

std::optional<codec::Timestamp> mulog_time(std::string_view members) {
  constexpr std::string_view kName = "mulog/timestamp";
  constexpr std::uint64_t kSecond = 1000;
  constexpr std::uint32_t kMillisecond = 1000000;
  if (members.find(kName) == members.npos) return std::nullopt;
  codec::JsonWalker walker(members);
  std::string space;
  while (walker.at_member()) {
    const bool is_time = codec::json_string_text(walker.take_value(), space) == kName;
    const auto time = base::parse_number(walker.take_value());
    if (!is_time || !time) continue;
    return codec::Timestamp{.seconds = static_cast<std::int64_t>(*time / kSecond),
                            .nanoseconds = static_cast<std::uint32_t>(*time % kSecond) * kMillisecond,
                            .digits = 3};
  }
  return std::nullopt;
}

}  // namespace

void Completion::complete(codec::Event& event) const {
  if (!event.timestamp && !event.members.empty()) event.timestamp = mulog_time(event.members);
  codec::fill_missing(event, missing_);
}

base::Result<std::unique_ptr<Completion>> Completion::create(Defaults defaults) {
  if (defaults.hostname.empty()) defaults.hostname = net::local_hostname();
  if (defaults.appname.empty()) defaults.appname = user_name();
  std::unique_ptr<Completion> completion(new Completion(std::move(defaults)));
  TRY(completion->set_missing());
  return completion;
}

base::Result<void> Completion::set_missing() {
  TRY(set_priority(missing_, defaults_.priority));
  missing_.hostname = defaults_.hostname;
  missing_.appname = defaults_.appname;
  missing_.procid = defaults_.procid;
  missing_.msgid = defaults_.msgid;
  if (defaults_.structured_data.empty()) return {};
  const auto set = codec::set_field(missing_, {codec::Field::structured_data}, defaults_.structured_data);
  if (!set) return base::fail(base::Kind::usage, "--sd", set.error().why);
  return {};
}

}  // namespace rules
