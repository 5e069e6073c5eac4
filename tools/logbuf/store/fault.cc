#include "tools/logbuf/store/fault.h"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <cstring>

namespace logbuf {
namespace {

constexpr int kDataError = 65;

// A signal handler has no argument: its line is made before it can be needed.
std::array<char, 512> last_words{};  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

void end(int = 0) noexcept {
  const ssize_t ignored = ::write(STDERR_FILENO, last_words.data(), std::strlen(last_words.data()));
  (void)ignored;
  ::_exit(kDataError);
}

}  // namespace

void guard_map(const std::string& directory) {
  const std::string line = "logbuf: read buffer " + directory.substr(0, 300) +
                           ": the data file is damaged or its disk failed; see 'logbuf salvage'\n";
  std::memcpy(last_words.data(), line.c_str(), line.size() + 1);
  struct sigaction action {};
  action.sa_handler = end;
  ::sigaction(SIGBUS, &action, nullptr);
  ::sigaction(SIGSEGV, &action, nullptr);
}

void assertion_failed(MDB_env*, const char*) noexcept {
  end();
}

}  // namespace logbuf
