// postgresql://: a table of a PostgreSQL server. Not in logsend's own table, but in that of logsend-postgresql.
#pragma once

#include "tools/logsend/endpoints.h"

namespace logsend::postgresql {

extern const Endpoint kPostgresql;

}  // namespace logsend::postgresql
