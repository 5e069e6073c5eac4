// Batches for tests.
#pragma once

#include <initializer_list>
#include <string_view>

#include "stream/batch.h"

namespace unit {

inline stream::Batch batch(std::initializer_list<std::string_view> messages) {
  stream::Batch made;
  for (const auto message : messages) made.append(message);
  return made;
}

}  // namespace unit
