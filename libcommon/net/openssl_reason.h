// Why OpenSSL failed, in words for people.
#pragma once

#include <string>

namespace net {

// Takes what is in the calling thread's error queue; the first entry, which is the nearest to the cause, is explained.
// Clear the queue before the call whose failure this is to explain (ERR_clear_error).
std::string take_openssl_reason();

}  // namespace net
