#include "tools/logsend/file_pattern.h"

#include <algorithm>
#include <climits>

#include "base/quote.h"

namespace logsend {
namespace {

constexpr std::size_t kMaxField = 128;  // bytes, so that the text around long fields is left as well

std::string formatted(const std::string& text, const std::tm& time) {
  if (text.find('%') == text.npos) return text;
  char space[PATH_MAX];
  return {space, std::strftime(space, sizeof space, text.c_str(), &time)};
}

bool is_harmful(char byte) {
  const auto code = static_cast<unsigned char>(byte);
  return byte == '/' || code < ' ' || code == 0x7f;
}

void append_harmless(std::string& out, std::string_view value) {
  if (value.empty()) value = "_";
  const std::size_t at = out.size();
  out += value.substr(0, kMaxField);
  std::replace_if(out.begin() + static_cast<std::ptrdiff_t>(at), out.end(), is_harmful, '_');
  if (out[at] == '.') out[at] = '_';
}

std::string with_short_components(std::string_view name) {
  std::string cut;
  (void)for_each_component(name, [&cut](std::string_view component, bool is_last) -> base::Result<void> {
    cut.append(component.substr(0, NAME_MAX)).append(is_last ? "" : "/");
    return {};
  });
  return cut;
}

// With values that cannot do harm: what is wrong now is wrong in the pattern itself.
base::Result<void> check_sample(std::string_view pattern, std::string_view name) {
  const auto refuse = [&](const std::string& why) {
    return base::fail(base::Kind::usage, "send to file " + base::quote(pattern, 200), why);
  };
  if (name.empty() || name.ends_with('/')) return refuse("it names no file");
  return for_each_component(name, [&](std::string_view component, bool) -> base::Result<void> {
    if (component == "." || component == "..") return refuse("no . and .. can follow a conversion");
    return {};
  });
}

}  // namespace

base::Result<FilePattern> FilePattern::compile(std::string_view text) {
  FilePattern pattern;
  const std::size_t first = text.find('%');
  pattern.varies_ = first != text.npos;
  pattern.fixed_ = text.substr(0, text.substr(0, first).rfind('/') + 1);
  TRY(pattern.add_parts(text.substr(pattern.fixed_.size())));
  if (!pattern.varies_) return pattern;
  std::string sample;
  std::tm time{};
  time.tm_mday = 1;
  pattern.append_name(sample, {}, time);
  TRY(check_sample(text, sample));
  return pattern;
}

base::Result<void> FilePattern::add_parts(std::string_view text) {
  Part part;
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view rest = text.substr(at);
    if (!rest.starts_with("%{")) {
      const std::size_t length = rest[0] == '%' ? 2 : 1;  // "%%{" begins no field
      part.text += rest.substr(0, length);
      at += length;
      continue;
    }
    const std::size_t close = rest.find('}');
    const std::string_view name = rest.substr(2, close == rest.npos ? close : close - 2);
    if (close != rest.npos) part.field = codec::field_named(name);
    if (!part.field)
      return base::fail(base::Kind::usage, "send to file " + base::quote(text, 200),
                        close == rest.npos
                            ? "%{ has no }"
                            : "no field is named " + base::quote(name) + "; there are " + codec::field_names());
    parts_.push_back(std::move(part));
    part = {};
    at += close + 1;
  }
  if (!part.text.empty()) parts_.push_back(std::move(part));
  return {};
}

bool FilePattern::has_fields() const {
  return std::ranges::any_of(parts_, [](const Part& part) { return part.field.has_value(); });
}

void FilePattern::append_name(std::string& out, const codec::Event& event, const std::tm& time) const {
  const std::size_t start = out.size();
  std::string space;
  for (const Part& part : parts_) {
    out += formatted(part.text, time);
    if (part.field) append_harmless(out, codec::field_text(event, *part.field, space));
  }
  if (varies_ && out.size() - start > NAME_MAX) out.replace(start, out.npos, with_short_components(out.substr(start)));
}

}  // namespace logsend
