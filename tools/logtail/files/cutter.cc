#include "tools/logtail/files/cutter.h"

#include <re2/re2.h>

#include <cstring>

#include "base/quote.h"

namespace logtail {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

std::size_t find_lf(std::string_view bytes, std::size_t from) {
  const void* lf = from < bytes.size() ? std::memchr(bytes.data() + from, '\n', bytes.size() - from) : nullptr;
  return lf == nullptr ? kNone : static_cast<std::size_t>(static_cast<const char*>(lf) - bytes.data());
}

void end_at(std::size_t at, Cut& cut, std::vector<std::uint32_t>& ends) {
  ends.push_back(static_cast<std::uint32_t>(at));
  cut.used = at;
}

}  // namespace

base::Result<Pattern> compile_pattern(std::string_view text) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_encoding(re2::RE2::Options::EncodingLatin1);  // bytes are opaque
  auto pattern = std::make_shared<const re2::RE2>(re2::StringPiece(text.data(), text.size()), options);
  if (!pattern->ok()) return base::fail(base::Kind::usage, "regular expression " + base::quote(text), pattern->error());
  return pattern;
}

Cut Cutter::cut(std::string_view bytes, Rest rest, std::size_t limit, std::vector<std::uint32_t>& ends) const {
  return start_ ? cut_records(bytes, rest, limit, ends) : cut_lines(bytes, rest, limit, ends);
}

Cut Cutter::cut_lines(std::string_view bytes, Rest rest, std::size_t limit, std::vector<std::uint32_t>& ends) const {
  Cut cut;
  while (cut.used < limit) {
    const std::size_t lf = find_lf(bytes, cut.used);
    const std::size_t length = (lf == kNone ? bytes.size() : lf) - cut.used;
    if (length > max_message_) [[unlikely]] {
      end_at(cut.used + max_message_, cut, ends);
      cut.whole = false;
      ++cut.split;
    } else if (lf != kNone) {
      end_at(lf + 1, cut, ends);
    } else {
      if (rest != Rest::all || length == 0) break;
      end_at(bytes.size(), cut, ends);
      cut.whole = false;
    }
  }
  return cut;
}

Cut Cutter::cut_records(std::string_view bytes, Rest rest, std::size_t limit, std::vector<std::uint32_t>& ends) const {
  Cut cut{.inner_lf = true};
  std::size_t line = 0;  // where the line begins that is looked at; the record began at cut.used
  while (cut.used < limit) {
    const std::size_t lf = find_lf(bytes, line);
    const std::size_t line_end = lf == kNone ? bytes.size() : lf;
    const bool too_long = line_end - cut.used > max_message_;
    const bool next = lf != kNone && starts(bytes.substr(line, lf - line));
    if (line > cut.used && (next || too_long)) {
      end_at(line, cut, ends);
      if (!next) ++cut.split;
    } else if (too_long) {
      end_at(cut.used + max_message_, cut, ends);
      line = cut.used;
      cut.whole = false;
      ++cut.split;
    } else if (lf != kNone) {
      line = lf + 1;
    } else {
      const std::size_t stop = rest == Rest::all ? bytes.size() : rest == Rest::lines ? line : cut.used;
      if (stop > cut.used) end_at(stop, cut, ends);
      cut.whole = cut.whole && stop == line;
      break;
    }
  }
  return cut;
}

bool Cutter::starts(std::string_view line) const {
  return re2::RE2::PartialMatch(re2::StringPiece(line.data(), line.size()), *start_);
}

}  // namespace logtail
