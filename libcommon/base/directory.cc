#include "base/directory.h"

#include <cerrno>
#include <memory>
#include <string_view>

namespace base {
namespace {

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

}  // namespace

Result<void> each_entry(Fd directory, const std::string& action,
                        const std::function<void(int directory, const dirent& entry)>& visit) {
  const std::unique_ptr<DIR, CloseDirectory> entries(::fdopendir(directory.get()));
  if (!entries) return fail_errno(errno, action);
  (void)directory.release();
  for (;;) {
    errno = 0;
    const dirent* const entry = ::readdir(entries.get());
    if (entry == nullptr && errno != 0) return fail_errno(errno, action);
    if (entry == nullptr) return {};
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") visit(::dirfd(entries.get()), *entry);
  }
}

}  // namespace base
