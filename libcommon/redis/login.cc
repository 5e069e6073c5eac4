#include "redis/login.h"

#include <string_view>
#include <utility>

#include "redis/error.h"

namespace redis {
namespace {

using base::Kind;

// The word after `name` in INFO's "name:value" lines.
std::string info_field(std::string_view info, std::string_view name) {
  const std::size_t at = info.find(std::string(name) + ":");
  if (at == info.npos) return {};
  info.remove_prefix(at + name.size() + 1);
  return std::string(info.substr(0, info.find('\r')));
}

void step(Connection& connection, const Command& command, const std::string& action, const LoginEvents& events) {
  connection.send(command, [action = action + connection.peer(), refused = events.refused](const Reply& reply) {
    if (!reply.is_error()) return;
    base::Error error = error_of(reply, action);
    if (error.kind == Kind::protocol) error.kind = Kind::config;
    refused(std::move(error));
  });
}

}  // namespace

void log_in(Connection& connection, const Address& address, const LoginEvents& events) {
  const Credentials& credentials = address.credentials;
  if (!credentials.empty()) {
    Command auth("AUTH");
    if (!credentials.user.empty()) auth.add(credentials.user);
    step(connection, auth.add(credentials.password), "log in to ", events);
  }
  if (address.database != 0) step(connection, Command("SELECT").add(address.database), "use the database of ", events);
  const std::string& peer = connection.peer();
  if (!address.master.empty())
    connection.send(Command("ROLE"), [peer, is_replica = events.is_replica](const Reply& reply) {
      if (reply[0].text() == "slave") is_replica({Kind::unavailable, "use " + peer, "it is a replica, not the master"});
    });
  connection.send(Command("INFO").add("server"), [peer, events](const Reply& reply) {
    const std::string_view code = reply.is_error() ? error_code(reply.text()) : std::string_view();
    if (code == "NOAUTH") return events.refused(error_of(reply, "log in to " + peer));
    events.done(info_field(reply.text(), "redis_version"));
  });
}

}  // namespace redis
