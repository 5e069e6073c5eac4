#include "rules/event_identity.h"

#include <utility>

#include "cli/secret_file.h"
#include "codec/base64.h"
#include "codec/open_fields.h"
#include "rules/arguments.h"

namespace rules {
namespace {

void append_part(std::string& out, std::string_view part) {
  out.append(std::to_string(part.size())).append(":").append(part);
}

std::string utc_text(codec::Timestamp time) {
  time.offset_minutes = 0;
  time.digits = 6;
  std::string text;
  codec::append_iso_time(text, time);
  return text;
}

std::string content_of(const codec::Event& event) {
  std::string content;
  append_part(content, event.severity ? codec::severity_name(*event.severity) : "");
  append_part(content, event.facility ? codec::facility_name(*event.facility) : "");
  append_part(content, event.appname);
  append_part(content, event.hostname);
  append_part(content, event.message);
  append_part(content, event.timestamp ? utc_text(*event.timestamp) : "");
  return content;
}

std::string base64_of(std::string_view bytes) {
  std::string text;
  codec::append_base64(text, bytes);
  return text;
}

}  // namespace

Sha256 content_digest(const codec::Event& event) {
  return sha256_of(content_of(event));
}

base::Result<std::unique_ptr<Function>> UuidFunction::create(const Arguments& arguments, const Resources&) {
  TRY(check_arguments(arguments, "uuid", 0, 0, {}));
  return std::unique_ptr<Function>(std::make_unique<UuidFunction>());
}

Outcome UuidFunction::apply(codec::Event& event, std::string_view, Workspace&) const {
  constexpr std::size_t kBytes = 16;
  const Sha256 digest = content_digest(event);
  codec::set_open_field(event, "uuid", base64_of({digest.data(), kBytes}));
  return Outcome::applied;
}

base::Result<std::unique_ptr<Function>> HmacFunction::create(const Arguments& arguments, const Resources& resources) {
  TRY(check_arguments(arguments, "hmac", 0, 0, {}));
  if (resources.hmac_key_file.empty()) return bad_argument("hmac", "--hmac-key-file must name the file of the key");
  const std::string what = "read key " + resources.hmac_key_file;
  const std::string text = TRY(cli::read_secret_file(resources.hmac_key_file, what));
  auto key = codec::from_base64(std::string_view(text).substr(0, text.find_last_not_of(" \t\r\n") + 1));
  if (!key || key->empty()) return base::fail(base::Kind::config, what, "it is not a key in base64");
  return std::unique_ptr<Function>(new HmacFunction(std::move(*key)));
}

std::string HmacFunction::hmac_of(const codec::Event& event, std::string_view time) const {
  std::string content = content_of(event);
  append_part(content, time);
  const Sha256 digest = hmac_sha256_of(key_, content);
  return base64_of({digest.data(), digest.size()});
}

Outcome HmacFunction::apply(codec::Event& event, std::string_view, Workspace& workspace) const {
  std::string space;
  std::string time_space;
  const std::string_view claimed = codec::open_field_text(event, "hmac", space);
  if (!claimed.empty()) {
    const std::string_view time = codec::open_field_text(event, "timehmac", time_space);
    return equal_secrets(claimed, hmac_of(event, time)) ? Outcome::applied : Outcome::forged;
  }
  const std::string time = utc_text(codec::timestamp_of(workspace.clock));
  codec::set_open_field(event, "timehmac", time);
  codec::set_open_field(event, "hmac", hmac_of(event, time));
  return Outcome::applied;
}

}  // namespace rules
