// mulog for C++20, over mulog.h: events as values. See mulog(3).
//
//   mu::log("order-placed", "id", 7, "total", 12.5, "user", name);
//
// The name and the keys are string literals. Values are bool, integers, enumerations, floating-point numbers, strings
// (a null pointer: null), std::byte in spans, times of the system clock, durations, and mulog_id; std::optional and
// random-access ranges of these; and exceptions (std::exception, std::exception_ptr). They are copied. Nothing throws,
// but for want of memory the constructor of Trace.
#pragma once

#include <cxxabi.h>
#include <mulog.h>

#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <vector>

#if defined(__cpp_exceptions) && defined(__cpp_rtti)
#define MULOG_HAS_EXCEPTIONS
#endif

namespace mu {
namespace detail {

struct Literal {
  const char* text;
  template <std::size_t size>
  consteval Literal(const char (&literal)[size]) : text(literal) {}  // NOLINT(google-explicit-constructor)
};

template <class>
inline constexpr bool kIsUnknown = false;

template <class>
inline constexpr bool kIsOptional = false;
template <class Value>
inline constexpr bool kIsOptional<std::optional<Value>> = true;

template <class Value>
mulog_pair pair(const char* key, const Value& value) noexcept {
  if constexpr (std::same_as<Value, bool>) {
    return mulog_bool(key, value);
  } else if constexpr (std::is_null_pointer_v<Value>) {
    return mulog_string(key, nullptr);
  } else if constexpr (kIsOptional<Value>) {
    if (value.has_value()) return pair(key, *value);
    mulog_pair none = mulog_string(key, nullptr);
    none.type = pair(key, typename Value::value_type{}).type;  // the same as with a value, where that can be null
    if (none.type < MULOG_STRING) none.type = MULOG_NULL;
    return none;
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
  } else if constexpr (std::same_as<Value, mulog_id>) {
    return mulog_identity(key, &value);
  } else {
    static_assert(kIsUnknown<Value>, "mulog has no values of this type");
  }
}

template <class Key>
constexpr const char* key(const Key& text) noexcept {
  static_assert(std::is_same_v<std::remove_extent_t<Key>, char> && std::is_array_v<Key>, "a key is a string literal");
  return text;
}

template <class Value>
concept List = std::ranges::random_access_range<const Value> && std::ranges::sized_range<const Value> &&
               !std::convertible_to<const Value&, std::string_view> &&
               !std::convertible_to<const Value&, std::span<const std::byte>>;

// A value, and what its pair points to.
template <class Value>
class Held {
 public:
  constexpr Held(const Value& value) noexcept : value_(value) {}  // NOLINT(google-explicit-constructor)
  constexpr mulog_pair pair(const char* key) const noexcept { return detail::pair(key, value_); }

 private:
  const Value& value_;
};

template <List Value>
class Held<Value> {
 public:
  constexpr Held(const Value& value) noexcept  // NOLINT(google-explicit-constructor)
      : list_{std::ranges::empty(value) ? MULOG_NULL : static_cast<mulog_type>(at(&value, 0).type), at, &value},
        size_(std::ranges::size(value)) {}
  constexpr mulog_pair pair(const char* key) const noexcept { return mulog_values(key, &list_, size_); }

 private:
  static constexpr mulog_pair at(const void* of, std::size_t index) noexcept {
    using Difference = std::ranges::range_difference_t<const Value>;
    const auto begin = std::ranges::begin(*static_cast<const Value*>(of));
    return detail::pair("", begin[static_cast<Difference>(index)]);
  }

  mulog_list list_;
  std::size_t size_;
};

template <class Value>
class Held<std::reference_wrapper<Value>> : public Held<std::remove_cv_t<Value>> {
 public:
  constexpr Held(const std::reference_wrapper<Value>& value) noexcept  // NOLINT(google-explicit-constructor)
      : Held<std::remove_cv_t<Value>>(value.get()) {}
};

template <class>
inline constexpr bool kIsReference = false;
template <class Value>
inline constexpr bool kIsReference<std::reference_wrapper<Value>> = true;

// A copy that lasts.
template <class Value>
auto own(const Value& value) {
  if constexpr (kIsReference<Value>) {
    return value;
  } else if constexpr (std::convertible_to<const Value&, const char*>) {
    const char* const text = value;
    return text == nullptr ? std::optional<std::string>() : std::optional<std::string>(text);
  } else if constexpr (std::convertible_to<const Value&, std::string_view>) {
    return std::string(static_cast<std::string_view>(value));
  } else if constexpr (std::convertible_to<const Value&, std::span<const std::byte>>) {
    const std::span<const std::byte> bytes = value;
    return std::vector<std::byte>(bytes.begin(), bytes.end());
  } else if constexpr (List<Value>) {
    using Element = std::ranges::range_value_t<const Value>;
    using Owned = std::conditional_t<std::same_as<Element, std::string_view>, std::string, Element>;
    std::vector<Owned> values;
    for (const auto& element : value) values.emplace_back(element);
    return values;
  } else {
    return value;
  }
}

#ifdef MULOG_HAS_EXCEPTIONS
// An exception of any type, and what it says has caused it.
class Causes {
 public:
  explicit Causes(const std::exception& exception) noexcept { add(exception); }
  explicit Causes(const std::exception_ptr& thrown) noexcept { add(thrown); }

  mulog_pair pair(const char* key) const noexcept {
    mulog_pair pair = mulog_exception(key, count_ == 0 ? nullptr : causes_.data(), count_);
    pair.of = 1;  // the names are mangled
    return pair;
  }

 private:
  static constexpr std::size_t kMost = 8;

  void add(const std::exception& exception) noexcept {
    if (!add(typeid(exception).name(), exception.what())) return;
    if (const auto* const nested = dynamic_cast<const std::nested_exception*>(&exception); nested != nullptr)
      add(nested->nested_ptr());
  }
  void add(const std::exception_ptr& thrown) noexcept {
    if (!thrown || count_ == kMost) return;
    kept_[count_] = thrown;
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& exception) {
      add(exception);
    } catch (const std::nested_exception& exception) {
      if (add(type_of_current(), nullptr)) add(exception.nested_ptr());
    } catch (const std::string& text) {
      add(type_of_current(), text.c_str());
    } catch (const char* text) {
      add(type_of_current(), text);
    } catch (...) {
      add(type_of_current(), nullptr);
    }
  }
  static const char* type_of_current() noexcept {
    const std::type_info* const type = abi::__cxa_current_exception_type();
    return type == nullptr ? nullptr : type->name();
  }
  bool add(const char* type, const char* message) noexcept {
    if (count_ == kMost) return false;
    causes_[count_++] = {type, message};
    return true;
  }

  std::array<mulog_cause, kMost> causes_{};
  std::array<std::exception_ptr, kMost> kept_{};
  std::size_t count_ = 0;
};

template <class Value>
requires std::derived_from<Value, std::exception> || std::same_as<Value, std::exception_ptr>
class Held<Value> : public Causes {
 public:
  Held(const Value& value) noexcept : Causes(value) {}  // NOLINT(google-explicit-constructor)
};
#endif

template <class... Arguments>
constexpr auto keys_of(const Arguments&... arguments) noexcept {
  static_assert(sizeof...(Arguments) % 2 == 0, "each key has a value");
  const auto all = std::tie(arguments...);
  return [&]<std::size_t... i>(std::index_sequence<i...>) {
    return std::array<const char*, sizeof...(i)>{key(std::get<2 * i>(all))...};
  }
  (std::make_index_sequence<sizeof...(Arguments) / 2>());
}

template <class... Arguments>
auto own_values(const Arguments&... arguments) {
  const auto all = std::tie(arguments...);
  return [&]<std::size_t... i>(std::index_sequence<i...>) {
    return std::tuple(own(std::get<2 * i + 1>(all))...);
  }
  (std::make_index_sequence<sizeof...(Arguments) / 2>());
}

template <class Use, class... Arguments>
void with_pairs(const Use& use, const Arguments&... arguments) noexcept {
  static_assert(sizeof...(Arguments) % 2 == 0, "each key has a value");
  const auto all = std::tie(arguments...);
  [&]<std::size_t... i>(std::index_sequence<i...>) {
    [[maybe_unused]] const std::tuple<Held<std::remove_cvref_t<std::tuple_element_t<2 * i + 1, decltype(all)>>>...>
    held(std::get<2 * i + 1>(all)...);
    const std::array<mulog_pair, sizeof...(i)> pairs{std::get<i>(held).pair(key(std::get<2 * i>(all)))...};
    use(pairs.data(), pairs.size());
  }
  (std::make_index_sequence<sizeof...(Arguments) / 2>());
}

}  // namespace detail

// Logs an event of this name, with a value for each key. `Call` is a type of each call's own, and so its call site is.
template <class... Arguments, class Call = decltype([] {})>
void log(detail::Literal name, const Arguments&... arguments) noexcept {
  static constinit mulog_site site{};
  detail::with_pairs([&](const mulog_pair* pairs, std::size_t count) { mulog_log(&site, name.text, pairs, count); },
                     arguments...);
}

// The contexts that a thread had entered, for other threads to enter.
class Captured {
 public:
  // Those of the calling thread.
  Captured() noexcept : captured_(mulog_capture(), mulog_release) {}

 private:
  friend class Context;
  std::shared_ptr<mulog_captured> captured_;
};

// Pairs that each event of this thread gets until the end of the scope, unless it has the key itself.
class [[nodiscard]] Context {
 public:
  template <class... Arguments, class Call = decltype([] {})>
  requires(sizeof...(Arguments) >= 2) explicit Context(const Arguments&... arguments) noexcept {
    static constinit mulog_site site{};
    detail::with_pairs([&](const mulog_pair* pairs, std::size_t count) { mulog_enter(&context_, &site, pairs, count); },
                       arguments...);
  }
  explicit Context(const Captured& captured) noexcept { mulog_enter_captured(&context_, captured.captured_.get()); }
  ~Context() { mulog_leave(&context_); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

 private:
  mulog_context context_;
};

// An operation, logged when it ends, at the end of the scope: mulog_trace in mulog.h. Its pairs are copied when it
// begins, but for those in std::ref or std::cref, whose values are those at its end.
//
//   mu::Trace trace("checkout", "order", 7, "items", std::cref(items));
//
// It ends with the outcome "error" where an exception leaves the scope. `run` knows that exception, too:
//
//   const Receipt receipt = mu::Trace("checkout", "order", 7).run([&] { return check_out(order); });
template <class Call, class... Arguments>
class [[nodiscard]] Trace {
 public:
  explicit Trace(detail::Literal name, const Arguments&... arguments)
      : name_(name.text), keys_(detail::keys_of(arguments...)), values_(detail::own_values(arguments...)) {
    mulog_trace_begin(&trace_);
  }
  ~Trace() { end(std::make_index_sequence<kPairs>()); }
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;

  [[nodiscard]] const mulog_id& id() const noexcept { return trace_.id; }

  // The outcome is "error".
  void fail() noexcept { failed_ = true; }

#ifdef MULOG_HAS_EXCEPTIONS
  // The same, and it is logged as "exception".
  void fail(std::exception_ptr thrown) noexcept {
    failed_ = true;
    thrown_ = std::move(thrown);
  }

  // What `body` returns. What it throws is logged as "exception", and thrown again.
  template <class Body>
  decltype(auto) run(Body&& body) {
    try {
      return std::forward<Body>(body)();
    } catch (...) {
      fail(std::current_exception());
      throw;
    }
  }
#endif

 private:
  static constexpr std::size_t kPairs = sizeof...(Arguments) / 2;
  using Values = decltype(detail::own_values(std::declval<const Arguments&>()...));

  template <std::size_t... i>
  void end(std::index_sequence<i...>) noexcept {
    const bool failed = failed_ || std::uncaught_exceptions() > uncaught_;
    const mulog_outcome outcome = failed ? MULOG_ERROR : MULOG_OK;
    [[maybe_unused]] const std::tuple<detail::Held<std::tuple_element_t<i, Values>>...> held(std::get<i>(values_)...);
#ifdef MULOG_HAS_EXCEPTIONS
    if (thrown_) {
      const detail::Causes causes(thrown_);
      const std::array<mulog_pair, kPairs + 1> pairs{std::get<i>(held).pair(keys_[i])..., causes.pair("exception")};
      mulog_trace_end(&trace_, &thrown_site_, name_, outcome, pairs.data(), pairs.size());
      return;
    }
#endif
    const std::array<mulog_pair, kPairs> pairs{std::get<i>(held).pair(keys_[i])...};
    mulog_trace_end(&trace_, &site_, name_, outcome, pairs.data(), pairs.size());
  }

  static inline constinit mulog_site site_{};
  static inline constinit mulog_site thrown_site_{};

  const char* name_;
  std::array<const char*, kPairs> keys_;
  Values values_;
  mulog_trace trace_;
  int uncaught_ = std::uncaught_exceptions();
  bool failed_ = false;
#ifdef MULOG_HAS_EXCEPTIONS
  std::exception_ptr thrown_;
#endif
};

template <class... Arguments, class Call = decltype([] {})>
Trace(detail::Literal, const Arguments&...) -> Trace<Call, Arguments...>;

// Pairs that each event of the process gets from now on, in place of those that were set before.
template <class... Arguments>
void set_global_context(const Arguments&... arguments) noexcept {
  detail::with_pairs(mulog_set_global_context, arguments...);
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
