// mulog for C++20, over mulog.h: events as values. See mulog(3).
//
//   mu::log("order-placed", "id", 7, "total", 12.5, "user", name);
//
// The name and the keys are string literals. Values are bool, integers, enumerations, floating-point numbers, strings
// (a null pointer: null), std::byte in spans, times of the system clock, and durations; they are copied. Nothing
// throws.
#pragma once

#include <mulog.h>

#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <span>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace mu {
namespace detail {

struct Literal {
  const char* text;
  template <std::size_t size>
  consteval Literal(const char (&literal)[size]) : text(literal) {}  // NOLINT(google-explicit-constructor)
};

template <class>
inline constexpr bool kIsUnknown = false;

template <class Value>
mulog_pair pair(const char* key, const Value& value) noexcept {
  if constexpr (std::same_as<Value, bool>) {
    return mulog_bool(key, value);
  } else if constexpr (std::is_null_pointer_v<Value>) {
    return mulog_string(key, nullptr);
  } else if constexpr (std::is_enum_v<Value>) {
    return pair(key, static_cast<std::underlying_type_t<Value>>(value));
  } else if constexpr (std::signed_integral<Value>) {
    return mulog_int(key, value);
  } else if constexpr (std::unsigned_integral<Value>) {
    return mulog_uint(key, value);
  } else if constexpr (std::floating_point<Value>) {
    return mulog_double(key, static_cast<double>(value));
  } else if constexpr (std::convertible_to<const Value&, const char*>) {
    return mulog_string(key, value);
  } else if constexpr (std::convertible_to<const Value&, std::string_view>) {
    const std::string_view text = value;
    return mulog_text(key, text.data() == nullptr ? "" : text.data(), text.size());
  } else if constexpr (std::convertible_to<const Value&, std::span<const std::byte>>) {
    const std::span<const std::byte> bytes = value;
    return mulog_bytes(key, bytes.data() == nullptr ? static_cast<const void*>("") : bytes.data(), bytes.size());
  } else if constexpr (requires { typename Value::clock; }) {
    static_assert(std::same_as<typename Value::clock, std::chrono::system_clock>, "times are of the system clock");
    return mulog_time(key, std::chrono::time_point_cast<std::chrono::nanoseconds>(value).time_since_epoch().count());
  } else if constexpr (requires { std::chrono::duration_cast<std::chrono::nanoseconds>(value); }) {
    return mulog_duration(key, std::chrono::duration_cast<std::chrono::nanoseconds>(value).count());
  } else {
    static_assert(kIsUnknown<Value>, "mulog has no values of this type");
  }
}

template <class Key>
constexpr const char* key(const Key& text) noexcept {
  static_assert(std::is_same_v<std::remove_extent_t<Key>, char> && std::is_array_v<Key>, "a key is a string literal");
  return text;
}

}  // namespace detail

// Logs an event of this name, with a value for each key. `Call` is a type of each call's own, and so its call site is.
template <class... Arguments, class Call = decltype([] {})>
void log(detail::Literal name, const Arguments&... arguments) noexcept {
  static_assert(sizeof...(Arguments) % 2 == 0, "each key has a value");
  static constinit mulog_site site{};
  const auto all = std::tie(arguments...);
  [&]<std::size_t... i>(std::index_sequence<i...>) {
    const std::array<mulog_pair, sizeof...(i)> pairs{
        detail::pair(detail::key(std::get<2 * i>(all)), std::get<2 * i + 1>(all))...};
    mulog_log(&site, name.text, pairs.data(), pairs.size());
  }
  (std::make_index_sequence<sizeof...(Arguments) / 2>());
}

// What is logged from now on belongs to this namespace. Call it before the first event.
inline void set_namespace(const char* name) noexcept {
  mulog_set_namespace(name);
}

using Stats = mulog_stats;

inline Stats stats() noexcept {
  Stats now{};
  mulog_get_stats(&now);
  return now;
}

// Waits until each event that was logged before has a receipt. False: not within that time.
inline bool flush(std::chrono::milliseconds timeout) noexcept {
  return mulog_flush(timeout.count() < 0 ? 0 : static_cast<unsigned>(timeout.count())) == 0;
}

}  // namespace mu
