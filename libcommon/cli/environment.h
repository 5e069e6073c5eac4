// What a process finds when it starts, beside its arguments: standard descriptors and the environment.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "stream/handshake.h"

namespace cli {

// Descriptors 0 to 2 that are closed are filled, so that no file opened later takes their number. Writing to a stdout
// that was closed fails all the same.
void fill_standard_descriptors();

// The hop's invitation, which is taken out of the environment, so that children do not inherit it.
base::Result<std::optional<stream::Invitation>> take_invitation();

// $JOURNAL_STREAM, or "".
std::string journal_stream();

// Flushes and closes, where a full disk or a closed pipe may first show.
base::Result<void> close_stdout();

}  // namespace cli
