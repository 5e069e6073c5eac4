// Damage that LMDB cannot report: a page of the map that the disk cannot deliver or that lies beyond the end of a
// truncated file (SIGBUS), offsets in a damaged tree that lead out of the map (SIGSEGV), and a failed assertion. All
// end the process with one line and exit status 65; nothing was committed. Where that is wanted, a file in the buffer's
// directory says so to later processes.
#pragma once

#include <string>

struct MDB_env;

namespace logbuf {

// From now on a SIGBUS or SIGSEGV of this thread is blamed on this buffer. A thread works with one buffer at a time.
void guard_map(const std::string& directory, bool leave_mark);

// The same, of a buffer that was opened before.
void blame(const std::string& directory, bool leave_mark) noexcept;

// Such a file is there.
bool is_marked_damaged(const std::string& directory);

extern "C" void assertion_failed(MDB_env* env, const char* message) noexcept;

}  // namespace logbuf
