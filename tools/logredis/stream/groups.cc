#include "tools/logredis/stream/groups.h"

#include "tools/logredis/queue/call.h"
#include "tools/logredis/queue/owner.h"
#include "tools/logredis/stream/stream_script.h"

namespace logredis {
namespace {

constexpr std::size_t kPiece = 1000;       // pending entries listed by one command
constexpr std::size_t kGivenAtOnce = 500;  // and given away by one call

}  // namespace

std::vector<Member> members_of(const redis::Reply& reply) {
  std::vector<Member> members;
  for (std::size_t i = 0; i < reply.size(); ++i) {
    const redis::Reply each = reply[i];
    members.push_back({std::string(each.value_of("name").text()),
                       static_cast<std::uint64_t>(each.value_of("pending").integer()),
                       std::chrono::milliseconds(each.value_of("idle").integer())});
  }
  return members;
}

bool is_abandoned(const Member& member, base::Duration claim_after) {
  if (member.name == kRewound) return true;
  if (!is_leased(member.name)) return false;
  return is_dead(member.name) || member.idle >= claim_after;
}

bool is_gone(const redis::Reply& error) {
  return error.is_error() &&
         (redis::error_code(error.text()) == "NOGROUP" || error.text().starts_with("ERR no such key"));
}

redis::Command pending_command(const Keys& keys, const std::string& group, const std::string& from, std::size_t count) {
  redis::Command command("XPENDING");
  command.add(keys.queue()).add(group).add(from).add("+").add(static_cast<std::uint64_t>(count));
  return command;
}

std::vector<Pending> pending_of(const redis::Reply& reply) {
  std::vector<Pending> entries;
  entries.reserve(reply.size());
  for (std::size_t i = 0; i < reply.size(); ++i) {
    const redis::Reply each = reply[i];
    entries.push_back({std::string(each[0].text()), std::string(each[1].text())});
  }
  return entries;
}

base::Result<redis::Reply> Group::run(std::vector<std::string> args) {
  args.insert(args.begin() + 1, name_);
  return call(session_, kStreamScript, {keys_.queue(), keys_.rewound()}, args, patience_);
}

base::Result<redis::Reply> Group::info(const char* what) {
  redis::Command command("XINFO");
  command.add(what).add(keys_.queue());
  if (std::string_view(what) == "CONSUMERS") command.add(name_);
  return session_.ask(command, patience_);
}

redis::Command create_command(const Keys& keys, const std::string& group, bool at_newest) {
  redis::Command command("XGROUP");
  command.add("CREATE").add(keys.queue()).add(group).add(at_newest ? "$" : "0").add("MKSTREAM");
  return command;
}

base::Result<void> Group::create(bool at_newest) {
  if (TRY(exists())) return {};  // making one needs memory, even if it is there; it makes the stream too
  const auto made = session_.ask(create_command(keys_, name_, at_newest), patience_);
  if (made || made.error().text().find("BUSYGROUP") != std::string::npos) return {};
  return tl::unexpected(made.error());
}

base::Result<std::vector<Member>> Group::members() {
  return members_of(TRY(info("CONSUMERS")));
}

base::Result<bool> Group::exists() {
  const auto groups = info("GROUPS");
  if (!groups && groups.error().kind == base::Kind::protocol) return false;  // there is not even a stream
  if (!groups) return tl::unexpected(groups.error());
  for (std::size_t i = 0; i < groups->size(); ++i)
    if ((*groups)[i].value_of("name").text() == name_) return true;
  return false;
}

base::Result<Id> Group::last_delivered() {
  const redis::Reply groups = TRY(info("GROUPS"));
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const redis::Reply each = groups[i];
    if (each.value_of("name").text() == name_) return parse_id(each.value_of("last-delivered-id").text());
  }
  return Id{};
}

base::Result<Id> Group::last_added() {
  const redis::Reply stream = TRY(info("STREAM"));
  return parse_id(stream.value_of("last-generated-id").text());
}

base::Result<void> Group::for_each_pending(const std::function<base::Result<void>(std::vector<Pending>)>& visit) {
  std::string from = "-";
  for (;;) {
    std::vector<Pending> entries =
        pending_of(TRY(session_.ask(pending_command(keys_, name_, from, kPiece), patience_)));
    if (entries.empty()) return {};
    const bool complete = entries.size() < kPiece;
    from = "(" + entries.back().id;
    TRY(visit(std::move(entries)));
    if (complete) return {};
  }
}

base::Result<std::uint64_t> Group::give(const std::string& to, const std::vector<Pending>& entries) {
  std::uint64_t given = 0;
  for (std::size_t i = 0; i < entries.size();) {
    std::vector<std::string> args{"give", to};
    for (std::size_t n = 0; n < kGivenAtOnce && i < entries.size(); ++n, ++i) {
      args.push_back(entries[i].id);
      args.push_back(entries[i].owner);
    }
    given += static_cast<std::uint64_t>(TRY(run(std::move(args))).integer());
  }
  return given;
}

base::Result<void> Group::leave(const std::string& member) {
  TRY(run({"leave", member}));
  return {};
}

base::Result<void> Group::acknowledge(const std::string& first, const std::string& last) {
  while (TRY(run({"ack", first, last, ""})).integer() > 0) {
  }
  return {};
}

base::Result<std::uint64_t> Group::trim(const std::string& below) {
  return static_cast<std::uint64_t>(TRY(run({"trim", below})).integer());
}

}  // namespace logredis
