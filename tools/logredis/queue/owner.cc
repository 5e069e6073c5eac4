#include "tools/logredis/queue/owner.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <fstream>
#include <optional>
#include <vector>

#include "base/units.h"

namespace logredis {
namespace {

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

std::string host() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "localhost";
  std::string text(name.data());
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c <= ' ' || c == ':' || c >= 0x7f; }, '_');
  return text;
}

// "pid:[4026531836]" gives "4026531836".
std::string pid_namespace() {
  std::array<char, 64> link{};
  if (::readlink("/proc/self/ns/pid", link.data(), link.size() - 1) < 0) return "0";
  std::string digits(link.data());
  std::erase_if(digits, [](char c) { return c < '0' || c > '9'; });
  return digits;
}

// Where this process's pids mean something: ":BOOT:NAMESPACE".
std::string realm() {
  return ":" + first_line("/proc/sys/kernel/random/boot_id").substr(0, 8) + ":" + pid_namespace();
}

// Field 22 of /proc/PID/stat; what comes before the last parenthesis may hold anything. 0: it cannot be read.
std::uint64_t start_of(std::uint64_t pid) {
  const std::string stat = first_line("/proc/" + std::to_string(pid) + "/stat");
  std::size_t at = stat.rfind(')');
  for (int field = 2; field < 22 && at != std::string::npos; ++field) at = stat.find(' ', at + 1);
  if (at == std::string::npos) return 0;
  return base::parse_number(std::string_view(stat).substr(at + 1, stat.find(' ', at + 1) - at - 1)).value_or(0);
}

std::vector<std::string_view> fields_of(std::string_view text) {
  std::vector<std::string_view> fields;
  for (;;) {
    const std::size_t colon = text.find(':');
    fields.push_back(text.substr(0, colon));
    if (colon == std::string_view::npos) return fields;
    text.remove_prefix(colon + 1);
  }
}

}  // namespace

std::string owner_name(bool leased) {
  const auto pid = static_cast<std::uint64_t>(::getpid());
  return std::string(leased ? "" : kOnce) + host() + ":" + std::to_string(pid) + ":" + std::to_string(start_of(pid)) +
         realm();
}

bool is_dead(std::string_view owner) {
  const std::string here = realm();
  const std::size_t at = owner.find(here);
  if (at == std::string_view::npos || !is_leased(owner)) return false;
  const std::string_view behind = owner.substr(at + here.size());
  if (!behind.empty() && behind.front() != '/') return false;
  const std::vector<std::string_view> fields = fields_of(owner.substr(0, at));
  if (fields.size() != 3) return false;
  const auto pid = base::parse_number(fields[1]);
  const auto start = base::parse_number(fields[2]);
  if (!pid || !start || *pid == 0) return false;
  if (::kill(static_cast<pid_t>(*pid), 0) != 0 && errno == ESRCH) return true;
  const std::uint64_t started = start_of(*pid);
  return started != 0 && *start != 0 && started != *start;
}

}  // namespace logredis
