#include "tools/logbuf/store/fault.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <string_view>

namespace logbuf {
namespace {

constexpr int kDataError = 65;
constexpr std::string_view kMark = "/damaged";

// A signal handler has no argument: its line, and the path of its file, are made before they can be needed.
thread_local std::array<char, 512> last_words{};  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)
thread_local std::array<char, 4096> mark{};       // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

void end(int = 0) noexcept {
  if (mark[0] != '\0') (void)::open(mark.data(), O_WRONLY | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
  const ssize_t ignored = ::write(STDERR_FILENO, last_words.data(), std::strlen(last_words.data()));
  (void)ignored;
  ::_exit(kDataError);
}

}  // namespace

void blame(const std::string& directory, bool leave_mark) noexcept {
  constexpr std::size_t kMost = 300;
  constexpr std::string_view kBefore = "logbuf: read buffer ";
  constexpr std::string_view kAfter = ": the data file is damaged or its disk failed; see 'logbuf salvage'\n";
  const std::string_view shown = std::string_view(directory).substr(0, kMost);
  char* out = last_words.data();
  for (const std::string_view part : {kBefore, shown, kAfter}) {
    std::memcpy(out, part.data(), part.size());
    out += part.size();
  }
  *out = '\0';
  mark[0] = '\0';
  if (!leave_mark || directory.size() + kMark.size() >= mark.size()) return;
  std::memcpy(mark.data(), directory.data(), directory.size());
  std::memcpy(mark.data() + directory.size(), kMark.data(), kMark.size() + 1);
}

bool is_marked_damaged(const std::string& directory) {
  return ::access((directory + std::string(kMark)).c_str(), F_OK) == 0;
}

void guard_map(const std::string& directory, bool leave_mark) {
  blame(directory, leave_mark);
  struct sigaction action {};
  action.sa_handler = end;
  ::sigaction(SIGBUS, &action, nullptr);
  ::sigaction(SIGSEGV, &action, nullptr);
}

void assertion_failed(MDB_env*, const char*) noexcept {
  end();
}

}  // namespace logbuf
