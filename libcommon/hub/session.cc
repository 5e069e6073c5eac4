#include "hub/session.h"

#include <charconv>
#include <utility>
#include <vector>

#include "hub/json.h"

namespace hub {
namespace {

tl::unexpected<base::Error> session_error(const std::string& why) {
  return base::fail(base::Kind::data, "read what a session should show", why);
}

base::Result<std::optional<std::string>> session_text(const Members& members, std::string_view name) {
  const auto value = member_of(members, name);
  if (!value) return std::nullopt;
  auto text = text_of(*value);
  if (!text) return session_error(std::string(name) + " is no text");
  return text;
}

base::Result<std::uint64_t> count_of_lines(std::string_view value) {
  const std::string text = text_of(value).value_or(std::string(value));
  std::uint64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size())
    return session_error("num is no number of messages");
  return number;
}

// Of what clients say for "no".
bool is_meant(std::string_view value) {
  const auto text = text_of(value);
  if (!text) return value != "false" && value != "0";
  return !text->empty() && *text != "false" && *text != "0";
}

}  // namespace

base::Result<Session> parse_session(std::string_view json) {
  const auto members = parse_object(json);
  if (!members) return session_error("it is no JSON object");
  Session session;
  auto channel = TRY(session_text(*members, "channel_id"));
  if (!channel) return session_error("channel_id is missing");
  session.channel = std::move(*channel);
  if (const auto lines = member_of(*members, "num")) session.lines = TRY(count_of_lines(*lines));
  if (const auto follow = member_of(*members, "tail")) session.follow = is_meant(*follow);
  session.filter.source = TRY(session_text(*members, "source"));
  session.filter.ps = TRY(session_text(*members, "ps"));
  return session;
}

std::string encode(const Session& session) {
  JsonMembers members{{"channel_id", json_text(session.channel)},
                      {"num", std::to_string(session.lines)},
                      {"tail", session.follow ? "true" : "false"}};
  if (session.filter.source) members.emplace_back("source", json_text(*session.filter.source));
  if (session.filter.ps) members.emplace_back("ps", json_text(*session.filter.ps));
  return json_object(members);
}

bool Sessions::is_over(const Record& record, base::Instant now) {
  return now - record.last_used >= kSessionLife;
}

// Seldom, as all have to be looked at.
void Sessions::clean(base::Instant now) {
  if (now - cleaned_ < kSessionLife / 4) return;
  cleaned_ = now;
  std::erase_if(records_, [&](const auto& entry) { return is_over(entry.second, now); });
}

bool Sessions::add(const std::string& uuid, Session session, base::Instant now) {
  clean(now);
  if (records_.size() >= kMost) return false;
  records_.insert_or_assign(uuid, Record{.session = std::move(session), .last_used = now});
  return true;
}

std::optional<Session> Sessions::use(const std::string& uuid, base::Instant now) {
  const auto found = records_.find(uuid);
  if (found == records_.end() || is_over(found->second, now)) return std::nullopt;
  found->second.last_used = now;
  return found->second.session;
}

void MemorySessions::add(const std::string& uuid, const Session& session, Done<> done) {
  if (!sessions_.add(uuid, session, base::now()))
    return done(base::fail(base::Kind::temporary, "make a session", "there are too many"));
  done({});
}

void MemorySessions::use(const std::string& uuid, Done<std::optional<Session>> done) {
  done(sessions_.use(uuid, base::now()));
}

}  // namespace hub
