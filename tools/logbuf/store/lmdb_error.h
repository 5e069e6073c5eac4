// What LMDB's codes mean. For lmdb_env.cc and lmdb_txn.cc, which know LMDB.
#pragma once

#include <string>

#include "base/result.h"

namespace logbuf {

// `code` is not 0: an errno, or one of LMDB's. `action`: "read", "write", before "buffer DIRECTORY".
tl::unexpected<base::Error> failed(int code, const char* action, const std::string& directory);

}  // namespace logbuf
