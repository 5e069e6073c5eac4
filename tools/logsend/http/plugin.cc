// logsend-http and logsend-https: logsend with HTTP servers beside its own endpoints.
#include "tools/logsend/http/endpoint.h"

namespace logsend {

std::span<const Endpoint* const> plugin_endpoints() {
  static constexpr const Endpoint* kAll[] = {&http::kHttp};
  return kAll;
}

}  // namespace logsend
