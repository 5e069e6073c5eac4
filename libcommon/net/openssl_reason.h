// Why OpenSSL failed, in words for people.
#pragma once

#include <string>

struct x509_st;

namespace net {

// Takes what is in the calling thread's error queue; the first entry, which is the nearest to the cause, is explained.
// Clear the queue before the call whose failure this is to explain (ERR_clear_error).
std::string take_openssl_reason();

// The names a certificate is for, quoted: subject alternative names, else the common name; at most three.
std::string certificate_names(const x509_st* certificate);

}  // namespace net
