// http:// and https://: HTTP servers. Not in logsend's own table, but in that of logsend-http.
#pragma once

#include "tools/logsend/endpoints.h"

namespace logsend::http {

extern const Endpoint kHttp;

}  // namespace logsend::http
