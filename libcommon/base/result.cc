#include "base/result.h"

#include <cerrno>
#include <cstring>

namespace base {
namespace {

Kind kind_of(int errnum) {
  switch (errnum) {
    case ENOENT:
    case ENOTDIR:
      return Kind::no_input;
    case EACCES:
    case EPERM:
    case EROFS:
      return Kind::permission;
    default:
      return Kind::io;
  }
}

}  // namespace

tl::unexpected<Error> fail(Kind kind, std::string what, std::string why) {
  return tl::unexpected(Error{kind, std::move(what), std::move(why), 0});
}

tl::unexpected<Error> fail_errno(Kind kind, int errnum, std::string what) {
  return tl::unexpected(Error{kind, std::move(what), system_reason(errnum), errnum});
}

tl::unexpected<Error> fail_errno(int errnum, std::string what) {
  return fail_errno(kind_of(errnum), errnum, std::move(what));
}

std::string system_reason(int errnum) {
  char buffer[128];
  return strerror_r(errnum, buffer, sizeof buffer);
}

}  // namespace base
