// Where messages of listeners came from: runs of messages from one connection, by position. Passive.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace net {

struct Peer {
  std::string address;  // "192.0.2.1", a unix socket's path, or empty
  std::uint16_t local_port = 0;
  std::string protocol;         // "tcp", "tls", "udp", "relp", "unix"
  std::string identity = {};    // the name that a login or a verified certificate gave; empty: none
  std::string token_name = {};  // of the token by which it logged in; empty: by none
  std::string path = {};        // of the file that it is in, where files are uploaded; empty: in none

  friend bool operator==(const Peer&, const Peer&) = default;
};

// From addresses in the form "[::1]:514".
Peer peer_of(std::string_view remote, std::string_view local, std::string_view protocol);

// The same peer when it has said who it is. Null stays null, and an empty identity changes nothing.
std::shared_ptr<const Peer> identified(std::shared_ptr<const Peer> peer, std::string identity);

class PeerLog {
 public:
  // All messages up to `position` (from 1 on) that are not in a run yet came from `peer`.
  void add(std::uint64_t position, std::shared_ptr<const Peer> peer) {
    if (!runs_.empty() && runs_.back().second == peer) {
      runs_.back().first = position;
    } else {
      runs_.emplace_back(position, std::move(peer));
    }
  }

  // Of the message at `position`; forgets those before it. Null: not known.
  const Peer* of(std::uint64_t position) {
    while (!runs_.empty() && runs_.front().first < position) runs_.pop_front();
    return runs_.empty() ? nullptr : runs_.front().second.get();
  }

 private:
  std::deque<std::pair<std::uint64_t, std::shared_ptr<const Peer>>> runs_;
};

}  // namespace net
