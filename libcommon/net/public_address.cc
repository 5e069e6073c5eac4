// Which addresses are public: the registries of IANA for special purposes (RFC 6890), as of 2024.
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <span>

#include "net/address.h"

namespace net {
namespace {

struct Block4 {
  std::uint32_t first;
  unsigned bits;
};

constexpr std::uint32_t v4(unsigned a, unsigned b = 0, unsigned c = 0) {
  return a << 24 | b << 16 | c << 8;
}

constexpr std::array kSpecial4{
    Block4{v4(0), 8},              // this host on this network
    Block4{v4(10), 8},             // private
    Block4{v4(100, 64), 10},       // shared by a carrier's customers
    Block4{v4(127), 8},            // loopback
    Block4{v4(169, 254), 16},      // link-local, and what clouds tell their machines
    Block4{v4(172, 16), 12},       // private
    Block4{v4(192, 0, 0), 24},     // protocol assignments
    Block4{v4(192, 0, 2), 24},     // documentation
    Block4{v4(192, 88, 99), 24},   // 6to4 relays
    Block4{v4(192, 168), 16},      // private
    Block4{v4(198, 18), 15},       // benchmarks
    Block4{v4(198, 51, 100), 24},  // documentation
    Block4{v4(203, 0, 113), 24},   // documentation
    Block4{v4(224), 4},            // groups
    Block4{v4(240), 4},            // reserved, broadcast
};

bool is_public_v4(std::uint32_t address) {
  for (const Block4& block : kSpecial4)
    if (address >> (32 - block.bits) == block.first >> (32 - block.bits)) return false;
  return true;
}

using Bytes16 = std::span<const std::uint8_t, 16>;

std::uint32_t v4_at(Bytes16 bytes, std::size_t at) {
  return static_cast<std::uint32_t>(bytes[at]) << 24 | static_cast<std::uint32_t>(bytes[at + 1]) << 16 |
         static_cast<std::uint32_t>(bytes[at + 2]) << 8 | bytes[at + 3];
}

bool begins_with(Bytes16 bytes, std::span<const std::uint8_t> prefix) {
  return std::memcmp(bytes.data(), prefix.data(), prefix.size()) == 0;
}

// Global unicast is 2000::/3; the rest is special, but for the forms that hold an IPv4 address.
bool is_public_v6(Bytes16 bytes) {
  constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  constexpr std::array<std::uint8_t, 12> kTranslated{0, 0x64, 0xff, 0x9b};  // NAT64: 64:ff9b::/96
  constexpr std::array<std::uint8_t, 2> kSixToFour{0x20, 0x02};
  constexpr std::array<std::uint8_t, 4> kDocumentation{0x20, 0x01, 0x0d, 0xb8};
  if (begins_with(bytes, kMapped) || begins_with(bytes, kTranslated)) return is_public_v4(v4_at(bytes, 12));
  if (begins_with(bytes, kSixToFour)) return is_public_v4(v4_at(bytes, 2));
  if ((bytes[0] & 0xe0) != 0x20 || begins_with(bytes, kDocumentation)) return false;
  // 2001::/23 is for protocols, of which Teredo holds an IPv4 address of somebody's choice.
  return !(bytes[0] == 0x20 && bytes[1] == 0x01 && bytes[2] < 2);
}

}  // namespace

bool is_public(const sockaddr* address) {
  if (address->sa_family == AF_INET)
    return is_public_v4(ntohl(reinterpret_cast<const sockaddr_in*>(address)->sin_addr.s_addr));
  if (address->sa_family == AF_INET6)
    return is_public_v6(Bytes16(reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr.s6_addr));
  return false;
}

}  // namespace net
