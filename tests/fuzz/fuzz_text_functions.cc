// libFuzzer target (make fuzz): json(), kv(), date() and the files of time zones. The first line is a format of dates,
// the second one the separators of kv().
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/zone.h"
#include "codec/json_walk.h"
#include "codec/render.h"
#include "rules/date_function.h"
#include "rules/json_function.h"
#include "rules/kv_function.h"

namespace {

std::string_view take_line(std::string_view& input) {
  const std::string_view line = input.substr(0, input.find('\n'));
  input.remove_prefix(std::min(line.size() + 1, input.size()));
  return line;
}

void try_out(const base::Result<std::unique_ptr<rules::Function>>& function, std::string_view text) {
  static rules::Workspace workspace;
  if (!function) return;
  codec::Event event;
  event.raw = event.message = text;
  (void)(*function)->apply(event, text, workspace);
  std::string json;
  codec::append_json(json, event);
  if (codec::is_json(json)) return;
  std::fprintf(stderr, "no JSON: %s\n", json.c_str());
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  (void)base::Zone::read(input);
  const std::string format(take_line(input));
  const std::string separators(take_line(input));
  try_out(rules::DateFunction::create({{format, "iso8601", "unix", "unix_ms", "rfc3164"}, {}}, {}), input);
  try_out(rules::JsonFunction::create({}, {}), input);
  try_out(rules::KvFunction::create({}, {}), input);
  const auto half = static_cast<std::ptrdiff_t>(separators.size() / 2);
  try_out(rules::KvFunction::create({{},
                                     {{"pair_separator", {separators.begin(), separators.begin() + half}},
                                      {"value_separator", {separators.begin() + half, separators.end()}}}},
                                    {}),
          input);
  return 0;
}
