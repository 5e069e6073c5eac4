#include "stream/handshake.h"

#include "base/quote.h"
#include "base/units.h"

namespace stream {
namespace {

constexpr std::string_view kVersion = "1";
constexpr base::Duration kGreetingTime = std::chrono::seconds(10);
constexpr std::uint64_t kMostHops = 100;

// Takes the next word off the front; empty at the end.
std::string_view next_word(std::string_view& text) {
  const std::string_view word = text.substr(0, text.find(' '));
  text.remove_prefix(word.size() == text.size() ? text.size() : word.size() + 1);
  return word;
}

// "KEY=VALUE" gives VALUE where the key is this one.
std::optional<std::string_view> value_of(std::string_view word, std::string_view key) {
  if (!word.starts_with(key) || word.substr(key.size(), 1) != "=") return {};
  return word.substr(key.size() + 1);
}

struct Fields {
  std::string_view version;
  std::string_view pid;
  std::string_view max;
  std::string_view hop;
  std::string_view retry;
  std::string_view origin;
};

Fields split_invitation(std::string_view value) {
  constexpr std::string_view kOrigin = "origin=";
  Fields fields;
  fields.version = next_word(value);
  while (!value.empty()) {
    if (value.starts_with(kOrigin)) {
      fields.origin = value.substr(kOrigin.size());
      break;
    }
    const std::string_view word = next_word(value);
    if (const auto pid = value_of(word, "pid")) fields.pid = *pid;
    if (const auto max = value_of(word, "max")) fields.max = *max;
    if (const auto hop = value_of(word, "hop")) fields.hop = *hop;
    if (const auto retry = value_of(word, "retry")) fields.retry = *retry;
  }
  return fields;
}

tl::unexpected<base::Error> bad_invitation(std::string_view value, std::string why) {
  return base::fail(base::Kind::protocol, "understand " + std::string(kEnvironmentName) + "=" + base::quote(value),
                    std::move(why));
}

std::string other_version(std::string_view theirs) {
  return "the other side speaks version " + base::quote(theirs, 20) + " of logpipe, this program version " +
         std::string(kVersion);
}

tl::unexpected<base::Error> bad_greeting(std::string_view line, std::string why) {
  return base::fail(base::Kind::protocol, "understand answer " + base::quote(line), std::move(why));
}

}  // namespace

std::string_view strength_name(Strength strength) {
  switch (strength) {
    case Strength::stored:
      return "stored";
    case Strength::peer:
      return "peer";
    case Strength::sent:
      return "sent";
  }
  return "";
}

base::Duration greeting_time(unsigned hop) {
  base::Duration time = kGreetingTime;
  for (unsigned i = 1; i < hop; ++i) time = time * 9 / 10;
  return time;
}

base::Duration linger_time(unsigned hop, base::Duration drain_time) {
  return drain_time * hop / (hop + 1);
}

std::string format_invitation(const Invitation& invitation, long pid) {
  std::string value =
      std::string(kVersion) + " pid=" + std::to_string(pid) + " max=" + std::to_string(invitation.max_message);
  if (invitation.hop > 1) value += " hop=" + std::to_string(invitation.hop);
  if (invitation.retry_time)
    value +=
        " retry=" + std::to_string(std::chrono::ceil<std::chrono::milliseconds>(*invitation.retry_time).count()) + "ms";
  if (!invitation.origin.empty()) value += " origin=" + invitation.origin;
  return value;
}

base::Result<std::optional<Invitation>> parse_invitation(std::string_view value, long pid) {
  const Fields fields = split_invitation(value);
  const auto addressee = base::parse_number(fields.pid);
  if (addressee && *addressee != static_cast<std::uint64_t>(pid)) return std::nullopt;
  if (fields.version != kVersion) return bad_invitation(value, other_version(fields.version));
  if (!addressee) return bad_invitation(value, "pid=NUMBER is missing");
  const auto max = base::parse_number(fields.max);
  if (!max) return bad_invitation(value, "max=NUMBER is missing");
  Invitation invitation{.max_message = static_cast<std::size_t>(*max), .origin = std::string(fields.origin)};
  if (!fields.hop.empty()) {
    const auto hop = base::parse_number(fields.hop);
    if (!hop || *hop == 0 || *hop > kMostHops)
      return bad_invitation(value, "hop= should be a number from 1 to " + std::to_string(kMostHops));
    invitation.hop = static_cast<unsigned>(*hop);
  }
  if (fields.retry.empty()) return invitation;
  const auto retry = base::parse_duration(fields.retry);
  if (!retry) return bad_invitation(value, "retry= should be a time");
  invitation.retry_time = *retry;
  return invitation;
}

std::string format_greeting(const Greeting& greeting) {
  std::string line = "logpipe " + std::string(kVersion) + " " + std::string(strength_name(greeting.strength));
  if (greeting.last) line += " last=" + std::to_string(*greeting.last);
  if (greeting.seen) line += " seen=" + std::to_string(*greeting.seen);
  if (greeting.taken && greeting.taken->fingerprint)
    line += " fingerprint=" + std::to_string(*greeting.taken->fingerprint);
  if (greeting.taken) line += " taken=" + std::to_string(greeting.taken->when.time_since_epoch().count());
  return line + "\n";
}

base::Result<Greeting> parse_greeting(std::string_view line) {
  std::string_view rest = line;
  if (next_word(rest) != "logpipe") return bad_greeting(line, "it should start with \"logpipe\"");
  if (const std::string_view version = next_word(rest); version != kVersion)
    return bad_greeting(line, other_version(version));

  Greeting greeting;
  const std::string_view name = next_word(rest);
  bool known = false;
  for (const Strength strength : {Strength::stored, Strength::peer, Strength::sent}) {
    if (name != strength_name(strength)) continue;
    greeting.strength = strength;
    known = true;
  }
  if (!known) return bad_greeting(line, "the strength should be stored, peer or sent");

  std::optional<std::uint64_t> fingerprint;
  std::optional<std::uint64_t> taken;
  while (!rest.empty()) {
    const std::string_view word = next_word(rest);
    if (word.find('=', 1) == std::string_view::npos)
      return bad_greeting(line, base::quote(word, 20) + " should be KEY=VALUE");
    for (const auto& [key, number] : {std::pair("last", &greeting.last), std::pair("seen", &greeting.seen),
                                      std::pair("fingerprint", &fingerprint), std::pair("taken", &taken)}) {
      const auto text = value_of(word, key);
      if (!text) continue;
      const auto value = base::parse_number(*text);
      if (!value) return bad_greeting(line, std::string(key) + "= should be a decimal number");
      *number = *value;
    }
  }
  if (taken)
    greeting.taken = {fingerprint, base::WallTime(std::chrono::nanoseconds(static_cast<std::int64_t>(*taken)))};
  return greeting;
}

}  // namespace stream
