#include "rules/packer.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "base/quote.h"
#include "codec/open_fields.h"
#include "rules/arguments.h"
#include "rules/tags.h"

namespace rules {
namespace {

constexpr char kAgeLabel[] = "queue_max_age";
constexpr char kWindowLabel[] = "merge_event_window";

constexpr std::array kPackerKinds = {
    FunctionKind{"merge_by_format", SubjectUse::message, R"(merge_by_format("START", ..., queue_max_age="5s"))",
                 nullptr},
    FunctionKind{"merge_by_time", SubjectUse::none, R"(merge_by_time(merge_event_window="250ms", queue_max_age="5s"))",
                 nullptr},
};
constexpr const FunctionKind& kByFormat = kPackerKinds[0];

base::Result<void> take_packer_time(const Arguments& arguments, std::string_view function, std::string_view label,
                                    base::Duration& time) {
  const auto text = option_of(arguments, label);
  if (!text) return {};
  const auto given = base::parse_duration(base::parse_number(*text) ? *text + "ms" : *text);
  if (!given || *given <= base::Duration::zero())
    return bad_argument(function, std::string(label) + " is " + base::quote(*text) +
                                      "; expected milliseconds or a time such as \"250ms\", more than 0");
  time = *given;
  return {};
}

}  // namespace

std::span<const FunctionKind> Packer::kinds() {
  return kPackerKinds;
}

const FunctionKind* Packer::named(std::string_view name) {
  const auto* const found = std::ranges::find(kPackerKinds, name, &FunctionKind::name);
  return found != kPackerKinds.end() ? found : nullptr;
}

base::Result<std::shared_ptr<const Packer>> Packer::compile(const FunctionKind& kind, const Arguments& arguments,
                                                            const Create& create, bool signs) {
  constexpr std::size_t kMost = std::numeric_limits<std::size_t>::max();
  std::shared_ptr<Packer> packer(new Packer);
  if (kind.name == kByFormat.name) {
    TRY(check_arguments(arguments, kind.name, 1, kMost, {kAgeLabel}));
    packer->start_ = TRY(create("grok", {.values = arguments.values, .options = {}}));
  } else {
    TRY(check_arguments(arguments, kind.name, 0, 0, {kWindowLabel, kAgeLabel}));
    TRY(take_packer_time(arguments, kind.name, kWindowLabel, packer->window_));
  }
  TRY(take_packer_time(arguments, kind.name, kAgeLabel, packer->max_age_));
  packer->uuid_ = TRY(create("uuid", {}));
  if (signs) packer->hmac_ = TRY(create("hmac", {}));
  return std::shared_ptr<const Packer>(std::move(packer));
}

Joining Packer::join(codec::Event& event, Workspace& workspace) const {
  if (by_time()) return {.packer = this};
  const bool starts = start_->apply(event, event.message, workspace) == Outcome::applied;
  if (starts) add_tag(event, "formatted");
  return {.packer = this, .starts = starts};
}

// Of this packer. The lengths keep two keys apart, whatever bytes are in them.
void Packer::append_key(std::string& key, const codec::Event& event, std::string_view sender) const {
  const auto append = [&key](std::string_view part) {
    key.append(std::to_string(part.size())).append(":").append(part);
  };
  append(std::to_string(reinterpret_cast<std::uintptr_t>(this)));
  append(event.hostname.empty() ? sender : event.hostname);
  append(event.appname);
  if (by_time() && event.facility) key += static_cast<char>(*event.facility);
}

void Packer::identify(codec::Event& event, Workspace& workspace) const {
  if (!codec::open_field_json(event, "uuid").empty()) (void)uuid_->apply(event, {}, workspace);
  if (codec::open_field_json(event, "hmac").empty()) return;
  codec::set_open_field(event, "hmac", {});
  codec::set_open_field(event, "timehmac", {});
  if (hmac_) (void)hmac_->apply(event, {}, workspace);
}

}  // namespace rules
