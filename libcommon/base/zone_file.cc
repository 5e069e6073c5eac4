// Time zones by name, out of the system's files (TZif, RFC 8536).
#include <algorithm>
#include <cstdint>
#include <limits>

#include "base/io.h"
#include "base/quote.h"
#include "base/units.h"
#include "base/zone.h"

namespace base {
namespace {

constexpr std::size_t kLargest = 1 << 20;
constexpr std::size_t kHeader = 44;

// Numbers of a file, each of which may be missing.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  std::int64_t number(std::size_t at, std::size_t size) {
    if (!holds(at, size)) return 0;
    auto value = static_cast<std::uint64_t>(bytes_[at] < 0 ? -1 : 0);
    for (std::size_t i = 0; i < size; ++i) value = value << 8 | static_cast<unsigned char>(bytes_[at + i]);
    return static_cast<std::int64_t>(value);
  }

  std::string text(std::size_t at) {
    const std::size_t end = holds(at, 1) ? bytes_.find('\0', at) : std::string_view::npos;
    if (end == std::string_view::npos) good_ = false;
    return good_ ? std::string(bytes_.substr(at, end - at)) : std::string();
  }

  bool holds(std::size_t at, std::size_t size) {
    good_ = good_ && at <= bytes_.size() && size <= bytes_.size() - at;
    return good_;
  }
  [[nodiscard]] bool good() const { return good_; }

 private:
  std::string_view bytes_;
  bool good_ = true;
};

// Where the parts of a block of data are; the counts are in its header.
struct Layout {
  Layout(Reader& reader, std::size_t header, std::size_t time_size)
      : times(header + kHeader),
        time_count(count(reader, header + 32)),
        type_count(count(reader, header + 36)),
        types(times + time_count * time_size),
        settings(types + time_count),
        names(settings + type_count * 6),
        end(names + count(reader, header + 40) + count(reader, header + 28) * (time_size + 4) +
            count(reader, header + 24) + count(reader, header + 20)) {}

  static std::size_t count(Reader& reader, std::size_t at) { return static_cast<std::uint32_t>(reader.number(at, 4)); }

  std::size_t times;
  std::size_t time_count;
  std::size_t type_count;
  std::size_t types;
  std::size_t settings;
  std::size_t names;
  std::size_t end;
};

bool is_name(std::string_view name) {
  const auto is_good = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           std::string_view("_+-/").find(c) != std::string_view::npos;
  };
  return !name.empty() && name.front() != '/' && std::ranges::all_of(name, is_good);
}

}  // namespace

// In a file of version 2 or later, the data with 64-bit times follow those with 32-bit times.
Result<Zone> Zone::read(std::string_view bytes) {
  Reader reader(bytes);
  const bool modern = bytes.starts_with("TZif") && bytes.size() > kHeader && bytes[4] >= '2';
  const auto damaged = [] { return fail(Kind::data, "read time zone", "the file is damaged, or of an old form"); };
  if (!modern) return damaged();
  const Layout block(reader, Layout(reader, 0, 4).end, 8);
  if (block.type_count == 0 || !reader.holds(block.times, block.end - block.times)) return damaged();
  Zone zone;
  zone.periods_.clear();
  zone.names_.clear();
  const auto add = [&](std::int64_t begin, std::int64_t type) {
    const std::size_t at = block.settings + static_cast<std::size_t>(type) * 6;
    const auto name_at = static_cast<std::uint8_t>(reader.number(at + 5, 1));
    zone.add(begin, std::chrono::minutes(reader.number(at, 4) / 60), reader.text(block.names + name_at));
  };
  add(std::numeric_limits<std::int64_t>::min() / 2, 0);
  for (std::size_t i = 0; i < block.time_count; ++i) {
    const std::int64_t type = static_cast<std::uint8_t>(reader.number(block.types + i, 1));
    const std::int64_t begin = reader.number(block.times + i * 8, 8);
    if (static_cast<std::size_t>(type) >= block.type_count) return damaged();
    if (begin > zone.periods_.back().begin) add(begin, type);
  }
  if (!reader.good()) return damaged();
  return zone;
}

Result<Zone> Zone::named(std::string_view name) {
  constexpr char kFolder[] = "/usr/share/zoneinfo/";
  const auto unknown = [&](const std::string& why) { return fail(Kind::usage, "time zone " + quote(name), why); };
  if (name == "UTC" || name == "Z") return Zone();
  const bool digits = name.size() == 6 && name[3] == ':' && (name[0] == '+' || name[0] == '-');
  if (digits) {
    const auto hours = parse_number(name.substr(1, 2));
    const auto rest = parse_number(name.substr(4, 2));
    if (!hours || !rest || *hours > 23 || *rest > 59) return unknown("no offset such as +01:00");
    const std::chrono::minutes offset(static_cast<int>(*hours * 60 + *rest));
    return Zone(name[0] == '-' ? -offset : offset);
  }
  if (!is_name(name)) return unknown("no name such as Europe/Paris, and no offset such as +01:00");
  const auto bytes = read_file(kFolder + std::string(name), kLargest, "time zone");
  if (!bytes) return unknown("no such file in /usr/share/zoneinfo, which the package tzdata has");
  auto zone = read(*bytes);
  if (!zone) return unknown(zone.error().why);
  return zone;
}

}  // namespace base
