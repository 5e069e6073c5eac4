#include "tools/logsend/formatted.h"

#include <pwd.h>
#include <unistd.h>

#include "base/clock.h"
#include "codec/field.h"
#include "codec/parse.h"
#include "net/socket.h"

namespace logsend {
namespace {

std::string user_name() {
  const passwd* user = ::getpwuid(::geteuid());
  return user != nullptr ? user->pw_name : std::to_string(::geteuid());
}

base::Result<void> set_priority(codec::Event& event, std::string_view text) {
  const auto bad = [&] {
    return base::fail(base::Kind::usage, "--pri",
                      "'" + std::string(text) + "' is no FACILITY.SEVERITY and no number up to 191");
  };
  if (const auto number = base::parse_number(text)) {
    if (*number > 191) return bad();
    event.facility = static_cast<std::uint8_t>(*number / 8);
    event.severity = static_cast<std::uint8_t>(*number % 8);
    return {};
  }
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) return bad();
  event.facility = codec::facility_named(text.substr(0, dot));
  event.severity = codec::severity_named(text.substr(dot + 1));
  if (!event.facility || !event.severity) return bad();
  return {};
}

}  // namespace

base::Result<std::unique_ptr<Formatted>> Formatted::open(stream::Source& source, codec::Mode mode, codec::Format format,
                                                         Defaults defaults) {
  if (defaults.hostname.empty()) defaults.hostname = net::local_hostname();
  if (defaults.appname.empty()) defaults.appname = user_name();
  std::unique_ptr<Formatted> formatted(new Formatted(source, mode, std::move(format), std::move(defaults)));
  const Defaults& kept = formatted->defaults_;
  codec::Event& missing = formatted->missing_;
  TRY(set_priority(missing, kept.priority));
  missing.hostname = kept.hostname;
  missing.appname = kept.appname;
  missing.procid = kept.procid;
  missing.msgid = kept.msgid;
  if (!kept.structured_data.empty()) {
    const auto set = codec::set_field(missing, {codec::Field::structured_data}, kept.structured_data);
    if (!set) return base::fail(base::Kind::usage, "--sd", set.error().why);
  }
  return formatted;
}

base::Result<stream::Next> Formatted::read(stream::Batch& batch, std::size_t limit) {
  raw_.clear();
  auto next = source_.read(raw_, limit);
  if (raw_.empty()) return next;
  const codec::Context context{.clock = {.now = base::wall_now(), .zone = &base::local_zone()}};
  missing_.timestamp = codec::timestamp_of(context.clock);
  raw_.for_each([&](std::size_t index, std::string_view message) {
    codec::Event event = codec::parse(message, mode_, context);
    event.reason = {};
    codec::fill_missing(event, missing_);
    text_.clear();
    format_.append(text_, event);
    if (raw_.has_ids()) {
      batch.append(raw_.id(index), text_);
    } else {
      batch.append(text_);
    }
  });
  return next;
}

}  // namespace logsend
