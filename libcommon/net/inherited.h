// Sockets that this process was started with (socket activation, sd_listen_fds(3)), and which address listens on which
// of them.
#pragma once

#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "net/url.h"

namespace net {

// What an address listens on.
struct Listening {
  std::vector<base::Fd> sockets;
  bool inherited = false;  // whoever handed them in goes on listening, and its are their files
};

class InheritedSockets {
 public:
  // Names need not be unique. The descriptor becomes non-blocking and close-on-exec.
  void add(base::Fd fd, std::string name);

  // The sockets of the URL's kind that are at its address, or for tcp://fd=NAME and unix:fd=NAME have its name. Where
  // none was inherited for an address, new ones (open_listeners() in net/socket.h). An any-address is that of the other
  // family as well, where that takes its connections. No socket is given twice.
  base::Result<Listening> listen(const Url& url);

  // An error that names a socket, not yet taken, which none of these URLs is for. To be asked first: opening a new one
  // at that address could only say that it is in use.
  [[nodiscard]] base::Result<void> check(const std::vector<Url>& urls) const;

  // Those nobody has taken, for messages: "'syslog.socket' (udp 0.0.0.0:514)".
  [[nodiscard]] std::vector<std::string> untaken() const;

 private:
  struct Socket {
    base::Fd fd;
    std::string name;
    std::string kind;     // "tcp", "udp", "unix", "unixgram"; empty: not one to listen on
    std::string address;  // empty: none, or not in the file system
    bool v6only = false;

    [[nodiscard]] std::string text() const;
    [[nodiscard]] bool is_at(const std::string& wanted) const;
    [[nodiscard]] bool is_for(const Url& url, const std::vector<std::string>& addresses) const;
  };

  std::vector<Socket> sockets_;
};

}  // namespace net
