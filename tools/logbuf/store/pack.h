// Fixed-width little-endian fields, and texts after them, for the small records of the store.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"

namespace logbuf {

class Packer {
 public:
  Packer& u32(std::uint32_t value) { return raw(value); }
  Packer& u64(std::uint64_t value) { return raw(value); }
  Packer& time(base::WallTime value) { return raw(static_cast<std::int64_t>(value.time_since_epoch().count())); }
  Packer& text(std::string_view value) {  // without its length
    bytes_.append(value);
    return *this;
  }
  [[nodiscard]] std::string take() { return std::move(bytes_); }

 private:
  template <class T>
  Packer& raw(T value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
    return *this;
  }
  std::string bytes_;
};

// Reads what Packer wrote. Past the end it gives zeros, and ok() is false.
class Unpacker {
 public:
  explicit Unpacker(std::string_view bytes) : bytes_(bytes) {}
  std::uint32_t u32() { return raw<std::uint32_t>(); }
  std::uint64_t u64() { return raw<std::uint64_t>(); }
  base::WallTime time() { return base::WallTime(std::chrono::nanoseconds(raw<std::int64_t>())); }
  [[nodiscard]] bool ok() const { return ok_; }

 private:
  template <class T>
  T raw() {
    T value{};
    if (bytes_.size() < sizeof value) {
      ok_ = false;
      return value;
    }
    std::memcpy(&value, bytes_.data(), sizeof value);
    bytes_.remove_prefix(sizeof value);
    return value;
  }
  std::string_view bytes_;
  bool ok_ = true;
};

}  // namespace logbuf
