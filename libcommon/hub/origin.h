// Where a request comes from, as a browser says it: so that no page of another site uses what a browser can reach, or
// has been told.
#pragma once

#include "http/request.h"

namespace hub {

// A page of another site makes it: Sec-Fetch-Site (W3C, Fetch Metadata Request Headers), or Origin (RFC 6454) in
// browsers without that. Following a link is no such request. Other programs say neither, and are never foreign.
bool is_foreign(const http::Request& request);

// It names this host by "localhost" or a loopback address. A page whose name was made to mean a loopback address (DNS
// rebinding) is of the same site for the browser, and only its name tells.
bool names_loopback(const http::Request& request);

// "localhost", "127.0.0.1" and the like, and "::1" without brackets.
bool is_loopback_host(std::string_view host);

}  // namespace hub
