// logsend-postgresql: logsend with PostgreSQL servers beside its own endpoints.
#include "tools/logsend/postgresql/endpoint.h"

namespace logsend {

std::span<const Endpoint* const> plugin_endpoints() {
  static constexpr const Endpoint* kAll[] = {&postgresql::kPostgresql};
  return kAll;
}

}  // namespace logsend
