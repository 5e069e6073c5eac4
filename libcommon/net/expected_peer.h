// Whose certificate a TLS peer must present.
#pragma once

#include <string>

struct ssl_ctx_st;
struct X509_VERIFY_PARAM_st;

namespace net {

bool is_ip_address(const std::string& host);

// The certificate must be for this host name or IP address. False: it is neither.
bool expect_peer(X509_VERIFY_PARAM_st* expected, const std::string& name);
// The same of all sessions that are made from the context yet.
bool expect_peer(ssl_ctx_st* context, const std::string& name);

}  // namespace net
