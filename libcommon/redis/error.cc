#include "redis/error.h"

#include <algorithm>
#include <array>

namespace redis {
namespace {

using base::Kind;

constexpr std::string_view kNeeded = "6.2";

constexpr std::array<std::string_view, 14> kPassing{"OOM",        "READONLY", "LOADING",   "MASTERDOWN", "CLUSTERDOWN",
                                                    "TRYAGAIN",   "BUSY",     "MISCONF",   "MOVED",      "ASK",
                                                    "NOREPLICAS", "NOSCRIPT", "UNBLOCKED", "UNKILLABLE"};

// Servers before 7.0 put a script's error behind "ERR Error running script (call to f_...): @user_script:3: ", once
// more "@user_script: 3: ", and "-".
std::string_view without_script(std::string_view error) {
  constexpr std::string_view kScript = "@user_script:";
  if (!error.starts_with("ERR Error running script")) return error;
  for (std::size_t at = error.find(kScript); at != error.npos; at = error.find(kScript)) {
    error.remove_prefix(at + kScript.size());
    error.remove_prefix(std::min(error.find_first_not_of(" 0123456789:"), error.size()));
  }
  if (error.starts_with('-')) error.remove_prefix(1);
  return error;
}

bool is_unknown_command(std::string_view error) {
  return error.starts_with("ERR unknown command") || error.starts_with("ERR Unknown Redis command") ||
         error.starts_with("Unknown Redis command") || error.starts_with("ERR Unknown subcommand") ||
         error.starts_with("ERR unknown subcommand");
}

bool is_permission(std::string_view error) {
  const std::string_view code = error_code(error);
  return code == "NOAUTH" || code == "WRONGPASS" || code == "NOPERM" || code == "DENIED" ||
         error.find("user executing the script can't") != error.npos ||
         error.starts_with("ERR AUTH <password> called without any password") ||
         error.starts_with("ERR invalid password") || error.starts_with("ERR Client sent AUTH");
}

// In 7.0 scripts' errors end with "script: SHA, on @user_script:5.", which says nothing to people.
std::string for_people(std::string_view error) {
  error = without_script(error);
  return std::string(error.substr(0, error.find(" script: ")));
}

}  // namespace

std::string_view error_code(std::string_view error) {
  error = without_script(error);
  return error.substr(0, error.find(' '));
}

bool is_passing(std::string_view error) {
  return std::ranges::find(kPassing, error_code(error)) != kPassing.end() ||
         error.starts_with("ERR max number of clients reached") ||
         error.starts_with("ERR WAIT cannot be used with replica instances");  // it is one since the last answer
}

base::Error error_of(const Reply& reply, const std::string& action, std::string_view version) {
  const std::string_view error = without_script(reply.text());
  const std::string text = for_people(error);
  if (is_permission(error)) return {Kind::permission, action, text};
  if (error_code(error) == "WRONGTYPE") return {Kind::data, action, "the key holds something else: " + text};
  if (is_unknown_command(error))
    return {Kind::unavailable, action,
            "the server is too old or lacks a command (" +
                (version.empty() ? "" : "version " + std::string(version) + "; ") + std::string(kNeeded) +
                " is needed): " + text};
  if (is_passing(error)) return {Kind::temporary, action, text};
  return {Kind::protocol, action, text};
}

}  // namespace redis
