#include "cli/meant.h"

#include <sys/stat.h>

#include <algorithm>

#include "net/url.h"

namespace cli {
namespace {

// The commands that take a scheme: "%" is the address.
struct Command {
  std::string_view schemes;
  std::string_view read;
  std::string_view write;
};
constexpr Command kCommands[] = {
    {" redis rediss redis+sentinel ", "'logredis peek % KEY' reads a queue in Redis",
     "'logredis push % KEY' writes to a queue in Redis"},
    {" logd logds ", "'logtail %' reads a buffer of another machine",
     "'logsend %' sends to a buffer of another machine"},
    {" tcp tls udp relp relps http https unix unixgram ", "'logcat %' listens there", "'logsend %' sends there"},
    {" buf ", "'logbuf peek %' reads it", "'logbuf push %' stores messages in it"},
};

bool is_file(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

struct Address {
  std::string scheme;
  std::string text;  // as a tool takes it
};

// Of Redis with several hosts, only the scheme is known here. HOST:PORT alone is most likely one of TCP.
Address parse(const std::string& address) {
  if (const auto url = net::parse_url(address)) {
    if (url->scheme == "buf" || is_buffer(url->path)) return {"buf", url->path};
    return {url->scheme, url->text()};
  }
  if (const auto url = net::parse_url("tcp://" + address)) return {"tcp", url->text()};
  const std::string scheme = address.substr(0, address.find("://"));
  return {scheme, scheme + "://..."};
}

}  // namespace

std::string meant(const std::string& address, Use use) {
  const auto [scheme, text] = parse(address);
  const auto takes = [key = " " + scheme + " "](const Command& each) {
    return each.schemes.find(key) != std::string::npos;
  };
  const auto* found = std::ranges::find_if(kCommands, takes);
  if (found == std::end(kCommands)) return "";
  std::string command(use == Use::read ? found->read : found->write);
  return "; " + command.replace(command.find('%'), 1, text);
}

bool is_buffer(const std::string& path) {
  return is_file(path + "/data.mdb") && is_file(path + "/VERSION");
}

bool is_address(const std::string& text) {
  if (text.empty() || text.find("://") != text.npos) return !text.empty();
  const auto url = net::parse_url(text);
  return !url || url->scheme == "unix" || url->scheme == "unixgram";
}

}  // namespace cli
