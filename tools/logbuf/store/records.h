// What the parts of Buffer share: the small records and the arithmetic of chunks in a transaction.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "tools/logbuf/store/buffer.h"

namespace logbuf {

// Of a message that was taken from an origin under this id.
std::uint64_t message_fingerprint(std::uint64_t id, std::string_view message);

std::string encode_origin(const OriginState& origin);
std::optional<OriginState> decode_origin(std::string_view bytes);

// Every consumer has acknowledged the ids up to here; without consumers nobody has acknowledged anything.
std::uint64_t common_floor(const std::map<std::string, ConsumerState>& consumers);

// The ids of the chunk the cursor stands on. A damaged chunk reaches up to the next one. Moves the cursor.
base::Result<Range> range_of(Cursor& cursor, const Entry& entry, const State& state);

// Takes one chunk out of the log and out of the counters.
base::Result<void> delete_chunk(Txn& txn, State& state, Range range, std::string_view value);

}  // namespace logbuf
