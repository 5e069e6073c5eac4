// What a process finds when it starts, beside its arguments: standard descriptors and the environment.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "event/notify.h"
#include "net/inherited.h"
#include "stream/handshake.h"

namespace cli {

// Descriptors 0 to 2 that are closed are filled, so that no file opened later takes their number. Writing to a stdout
// that was closed fails all the same.
void fill_standard_descriptors();

// The hop's invitation, which is taken out of the environment, so that children do not inherit it.
base::Result<std::optional<stream::Invitation>> take_invitation();

// What a service manager has handed in (systemd: sd_listen_fds(3), sd_notify(3), sd_watchdog_enabled(3)). All of it is
// taken out of the environment, and where it was meant for another process it is nothing.
base::Result<net::InheritedSockets> take_sockets();
base::Result<event::NotifyOptions> take_notify();

// The names of the descriptors from 3 on, by $LISTEN_PID, $LISTEN_FDS and $LISTEN_FDNAMES, each "" where it is not set.
base::Result<std::vector<std::string>> listen_names(std::string_view pid, std::string_view count,
                                                    std::string_view names, long our_pid);

// The time after which the manager takes this process for dead, by $WATCHDOG_USEC and $WATCHDOG_PID; zero: never.
base::Result<base::Duration> watchdog_time(std::string_view microseconds, std::string_view pid, long our_pid);

// $JOURNAL_STREAM, or "".
std::string journal_stream();

// Flushes and closes, where a full disk or a closed pipe may first show.
base::Result<void> close_stdout();

}  // namespace cli
