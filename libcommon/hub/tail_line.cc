#include "hub/tail_line.h"

#include <algorithm>
#include <array>
#include <utility>

#include "codec/logplex.h"
#include "codec/structured_data.h"

namespace hub {
namespace {

constexpr std::string_view kNil = "-";

// The next word and the spaces behind it.
std::string_view take_word(std::string_view& text) {
  const std::string_view word = text.substr(0, text.find(' '));
  text.remove_prefix(std::min(text.find_first_not_of(' ', word.size()), text.size()));
  return word;
}

// Structured data, where it is there, and the space behind it.
void skip_structured_data(std::string_view& text) {
  const std::size_t length = text.starts_with('-') ? 1 : codec::structured_data_length(text);
  if (length == 0 || (length < text.size() && text[length] != ' ')) return;
  text.remove_prefix(std::min(length + 1, text.size()));
}

bool is_priority_and_version(std::string_view word) {
  const auto end = word.find('>');
  return word.starts_with('<') && end != word.npos && end + 1 < word.size();
}

void append_escaped(std::string& out, std::string_view text) {
  for (std::size_t lf = text.find('\n'); lf != text.npos; lf = text.find('\n')) {
    out.append(text.substr(0, lf)).append("#012");
    text.remove_prefix(lf + 1);
  }
  out += text;
}

}  // namespace

TailLine::TailLine(std::string_view message_id, std::string_view message) : id(message_id) {
  std::string_view rest = message;
  std::array<std::string_view, 6> header;  // PRI and version, time, host, app, procid, msgid
  for (std::string_view& word : header) word = take_word(rest);
  if (!is_priority_and_version(header[0])) {
    source = ps = kNil;
    text = message;
    return;
  }
  skip_structured_data(rest);
  const auto field = [](std::string_view word) { return word.empty() ? kNil : word; };
  source = field(header[3]);
  ps = field(header[4]);
  text.append(field(header[1])).append(" ").append(source).append("[").append(ps).append("]: ").append(rest);
}

TailLine::TailLine(std::string its_text) : text(std::move(its_text)), of_tail(true) {}

bool TailLine::passes(const TailFilter& filter) const {
  if (of_tail) return true;
  if (filter.source && source != *filter.source) return false;
  if (!filter.ps) return true;
  return ps.starts_with(*filter.ps) && (ps.size() == filter.ps->size() || ps[filter.ps->size()] == '.');
}

void append_text(std::string& out, const TailLine& line) {
  append_escaped(out, line.text);
  out += '\n';
}

void append_event(std::string& out, const TailLine& line) {
  if (!line.id.empty()) out.append("id: ").append(line.id).append("\n");
  // CR, LF and both together end a line there.
  std::string_view text = line.text;
  for (auto end = text.find_first_of("\r\n"); end != text.npos; end = text.find_first_of("\r\n")) {
    out.append("data: ").append(text.substr(0, end)).append("\n");
    text.remove_prefix(end + (text.substr(end, 2) == "\r\n" ? 2 : 1));
  }
  out.append("data: ").append(text).append("\n\n");
}

std::string tail_overflow(std::uint64_t dropped, base::WallTime since, base::WallTime now) {
  return codec::logplex_time(now) + " logplex[1]: Error L11 (Tail buffer overflow) -> This tail session dropped " +
         std::to_string(dropped) + " messages since " + codec::logplex_time(since) + ".";
}

std::string tail_forbidden(base::WallTime now) {
  return codec::logplex_time(now) +
         " Logplex: Error L20 (Tail sessions forbidden) Tail sessions for this app are forbidden due to log volume.";
}

}  // namespace hub
