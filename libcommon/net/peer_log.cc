#include "net/peer_log.h"

#include <algorithm>
#include <charconv>

namespace net {
namespace {

std::pair<std::string, std::uint16_t> split_address(std::string_view address) {
  const std::size_t colon = std::min(address.rfind(':'), address.size());
  std::string_view host = address.substr(0, colon);
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  const std::string_view digits = address.substr(std::min(colon + 1, address.size()));
  std::uint16_t port = 0;
  (void)std::from_chars(digits.data(), digits.data() + digits.size(), port);
  return {std::string(host), port};
}

}  // namespace

Peer peer_of(std::string_view remote, std::string_view local, std::string_view protocol) {
  return {split_address(remote).first, split_address(local).second, std::string(protocol)};
}

std::shared_ptr<const Peer> identified(std::shared_ptr<const Peer> peer, std::string identity) {
  if (!peer || identity.empty()) return peer;
  Peer known = *peer;
  known.identity = std::move(identity);
  return std::make_shared<const Peer>(std::move(known));
}

}  // namespace net
