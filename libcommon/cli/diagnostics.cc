#include "cli/diagnostics.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "cli/tool.h"

namespace cli {
namespace {

bool is_stderr(std::string_view journal_stream) {
  struct stat status {};
  if (journal_stream.empty() || ::fstat(STDERR_FILENO, &status) != 0) return false;
  return journal_stream == std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino);
}

std::string_view priority(base::Level level) {
  switch (level) {
    case base::Level::error:
      return "<3>";
    case base::Level::warning:
      return "<4>";
    case base::Level::note:
      return "<6>";
  }
  return "";
}

void append_printable(std::string& out, std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f) {
      out += c;
    } else {
      out += "\\x";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
}

void write_stderr(std::string_view text) {
  (void)base::write_all(STDERR_FILENO, text, "stderr");  // nobody is left to be told that stderr fails
}

}  // namespace

Diagnostics::Diagnostics(std::string_view journal_stream) : journal_(is_stderr(journal_stream)) {}

void Diagnostics::print(base::Level level, std::string_view speaker, std::string_view text) {
  show_progress("");
  std::string line(journal_ ? priority(level) : "");
  append_printable(line, std::string(speaker) + ": " + redact(text));
  line += '\n';
  write_stderr(line);
}

void Diagnostics::show_progress(std::string_view text) {
  if (text.empty() && progress_width_ == 0) return;
  std::string line = "\r" + std::string(text);
  // Spaces rather than an escape sequence: every terminal knows them.
  if (text.size() < progress_width_) line.append(progress_width_ - text.size(), ' ');
  if (text.empty()) line += '\r';
  write_stderr(line);
  progress_width_ = text.size();
}

}  // namespace cli
