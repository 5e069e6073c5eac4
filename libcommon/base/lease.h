// Whether anybody writes to a file, by way of leases (fcntl(2)).
#pragma once

#include <optional>

namespace base {

// A process has the file open for writing. Nothing: the system does not tell, because the file belongs to another user
// or is on a file system without leases. `fd` was opened for reading only.
std::optional<bool> is_open_for_writing(int fd);

}  // namespace base
