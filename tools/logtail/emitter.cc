#include "tools/logtail/emitter.h"

#include <functional>

#include "codec/parse.h"

namespace logtail {
namespace {

std::optional<base::WallTime> time_of(std::string_view message) {
  const codec::Context context{.clock = {.now = base::wall_now(), .zone = &base::local_zone()}};
  const codec::Event event = codec::parse(message, codec::Mode::automatic, context);
  if (!event.timestamp) return std::nullopt;
  return base::WallTime(std::chrono::seconds(event.timestamp->seconds) +
                        std::chrono::nanoseconds(event.timestamp->nanoseconds));
}

}  // namespace

void append_prefix(std::string& out, std::string_view name, bool colour) {
  constexpr unsigned kColours = 6;  // red to cyan
  if (colour) {
    out += "\x1b[3";
    out += static_cast<char>('1' + std::hash<std::string_view>()(name) % kColours);
    out += 'm';
  }
  out += name;
  out += ':';
  if (colour) out += "\x1b[0m";
  out += ' ';
}

bool Emitter::passes(std::string_view message, bool before) const {
  if (!options_.since && !options_.until) return true;
  const auto time = time_of(message);
  if (!time) return before;
  return (!options_.since || *time >= *options_.since) && (!options_.until || *time < *options_.until);
}

void Emitter::emit(std::string_view bytes, const Cut& cut, std::vector<std::uint32_t>& ends, std::string_view name,
                   bool& passing, stream::Batch& out) {
  std::size_t begin = 0;
  if (plain() && cut.whole) {
    // It is in a batch's own form already.
    lengths_.clear();
    for (const std::uint32_t end : ends) {
      lengths_.push_back(end - static_cast<std::uint32_t>(begin) - 1);
      begin = end;
    }
    out.append_block(bytes.substr(0, cut.used), lengths_, cut.inner_lf);
    return;
  }
  std::size_t kept = 0;
  for (const std::uint32_t end : ends) {
    const std::string_view message = message_at(bytes, begin, end);
    begin = end;
    passing = passes(message, passing);
    if (!passing) continue;
    ends[kept++] = end;
    line_.clear();
    if (options_.prefix) append_prefix(line_, name, options_.colour);
    out.append(line_.append(message));
  }
  ends.resize(kept);
}

}  // namespace logtail
