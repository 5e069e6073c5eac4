// Results: every fallible function returns Result<T>, never throws, never exits.
//
// An Error carries what was tried ("open /var/lib/logbuf/q"), why it failed ("Permission denied")
// and a Kind that cli/ turns into an exit status. Use fail() to make one, TRY() to pass one on.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace base {

// What a caller, and in the end a shell script, can do about a failure (sysexits.h).
enum class Kind {
  usage,          // 64: the command line is wrong
  data,           // 65: the input is damaged
  no_input,       // 66: a named input does not exist
  unavailable,    // 69: something needed is not there
  internal,       // 70: our bug
  cannot_create,  // 73: an output cannot be created
  io,             // 74: the system failed an input or output
  temporary,      // 75: not all delivered; run again
  protocol,       // 76: the other side broke the protocol
  permission,     // 77: not allowed
  config,         // 78: a configuration is wrong
};

struct Error {
  Kind kind;
  std::string what;  // action and object: "open buffer /var/lib/logbuf/q"
  std::string why;   // reason, and where it helps, what to do
  int code = 0;      // errno, where the system gave one

  [[nodiscard]] std::string text() const { return why.empty() ? what : what + ": " + why; }
};

template <class T = void>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
};

[[nodiscard]] tl::unexpected<Error> fail(Kind kind, std::string what, std::string why);

// From errno; the kind follows from the number (ENOENT: no_input, EACCES: permission, else io).
[[nodiscard]] tl::unexpected<Error> fail_errno(int errnum, std::string what);
[[nodiscard]] tl::unexpected<Error> fail_errno(Kind kind, int errnum, std::string what);

// strerror, thread-safe.
[[nodiscard]] std::string system_reason(int errnum);

namespace detail {
template <class T>
T take(Result<T>& result) {
  return std::move(*result);
}
inline void take(Result<void>&) {}
}  // namespace detail
}  // namespace base

// The value of a Result, or an early return of its error. May be nested.
#define TRY(expression) TRY_AS_(LOGPIPE_JOIN_(try_result_, __COUNTER__), expression)
#define TRY_AS_(name, expression)                              \
  ({                                                           \
    auto name = (expression);                                  \
    if (!name) return tl::unexpected(std::move(name.error())); \
    base::detail::take(name);                                  \
  })
#define LOGPIPE_JOIN_(left, right) LOGPIPE_JOIN_AGAIN_(left, right)
#define LOGPIPE_JOIN_AGAIN_(left, right) left##right
