// Waits for a buffer that is not there yet: who follows one may be started before who makes it.
#pragma once

#include <string>

#include "base/report.h"
#include "base/result.h"
#include "event/loop.h"

namespace logbuf {

// Returns at once where there is one. False: a signal asked to end first. The directory that it should be in must
// exist.
base::Result<bool> wait_for_buffer(event::Loop& loop, const std::string& path, const base::Report& report);

}  // namespace logbuf
