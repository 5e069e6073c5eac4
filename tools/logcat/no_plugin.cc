// logcat itself: nothing beside its own endpoints.
#include "tools/logcat/endpoints.h"

namespace logcat {

std::span<const Endpoint* const> plugin_endpoints() {
  return {};
}

}  // namespace logcat
