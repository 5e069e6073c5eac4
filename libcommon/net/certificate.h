// The names in a certificate.
#pragma once

#include <string>

struct x509_st;

namespace net {

// All that it is for, quoted, for people: subject alternative names, else the common name; at most three.
std::string certificate_names(const x509_st* certificate);

// One by which its owner is known: the first DNS name, else the common name (UTF-8). Empty: there is neither.
std::string certificate_identity(const x509_st* certificate);

}  // namespace net
