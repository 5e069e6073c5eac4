// What an error of a PostgreSQL server means for the messages that it was sent (PostgreSQL, appendix A).
#pragma once

#include <cstdint>
#include <string_view>

namespace logsend::postgresql {

enum class Meaning : std::uint8_t {
  again,    // the server is away, full, restarted or not the right one now: the same again, there or elsewhere
  closed,   // somebody has to mend it: a password, a right, a table, a column
  refused,  // one of the messages at least cannot be stored, however often it is sent
};

// `state`: the five characters of SQLSTATE; empty: the connection failed.
Meaning meaning_of(std::string_view state);

}  // namespace logsend::postgresql
