// How much a sink takes that keeps messages until they are safe.
#pragma once

#include <cstddef>

namespace stream {

// Of `most` bytes, `used` are taken. Nothing until an eighth is free: a full sink must not be refilled message by
// message.
constexpr std::size_t useful_room(std::size_t used, std::size_t most) {
  return used + most / 8 >= most ? 0 : most - used;
}

}  // namespace stream
