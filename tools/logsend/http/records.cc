#include "tools/logsend/http/records.h"

#include <sys/random.h>

#include <algorithm>

#include "base/quote.h"
#include "cli/options.h"

namespace logsend::http {
namespace {

using Made = base::Result<std::unique_ptr<Api>>;

bool is_bulk_path(std::string_view path) {
  return path == "/_bulk" || path.ends_with("/_bulk");
}

MakeApi declare_bulk(cli::CommandLine& /*line*/) {
  return [](const Setting&) -> Made { return make_bulk(); };
}

// ---- Loki

bool is_loki_path(std::string_view path) {
  return path.ends_with("/loki/api/v1/push");
}

base::Result<NamedField> parse_label(std::string_view name) {
  const auto path = codec::field_named(name);
  if (!path) return base::fail(base::Kind::usage, "read a label", "no field has the name " + base::quote(name));
  return NamedField{std::string(name), *path};
}

base::Result<std::vector<NamedField>> parse_labels(std::string_view list) {
  std::vector<NamedField> labels;
  while (!list.empty()) {
    const std::string_view name = list.substr(0, list.find(','));
    labels.push_back(TRY(parse_label(name)));
    list.remove_prefix(std::min(name.size() + 1, list.size()));
  }
  if (labels.size() > kMostLabels)
    return base::fail(base::Kind::usage, "read a list of labels", "Loki takes no more than 15");
  return labels;
}

MakeApi declare_loki(cli::CommandLine& line) {
  auto labels = std::make_shared<std::string>("hostname,appname,severity");
  line.add_text("--labels", *labels, "fields that are Loki's labels; the others are structured metadata")
      .value_name("FIELD,...")
      .group("HTTP");
  line.check([labels]() -> base::Result<void> {
    if (const auto read = parse_labels(*labels); !read) return cli::reject("--labels", read.error().why);
    return {};
  });
  return [labels](const Setting&) -> Made { return make_loki(TRY(parse_labels(*labels))); };
}

// ---- Splunk's HTTP Event Collector

// Not /raw, which takes lines.
bool is_hec_path(std::string_view path) {
  const auto at = path.find(kCollector);
  if (at == path.npos) return false;
  const std::string_view rest = path.substr(at + kCollector.size());
  return rest.empty() || rest == "/" || rest.starts_with("/event") || rest == "/1.0";
}

// Acknowledgements have their numbers by channel, so each process has a channel of its own.
base::Result<std::string> random_guid() {
  unsigned char bytes[16];
  if (::getrandom(bytes, sizeof bytes, 0) != sizeof bytes) return base::fail_errno(errno, "make a channel's GUID");
  constexpr std::string_view kHex = "0123456789abcdef";
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0F) | 0x40);  // RFC 9562, version 4
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3F) | 0x80);
  std::string guid;
  for (std::size_t i = 0; i < sizeof bytes; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) guid += '-';
    guid += kHex[bytes[i] >> 4];
    guid += kHex[bytes[i] & 15];
  }
  return guid;
}

MakeApi declare_hec(cli::CommandLine& line) {
  auto ask_for = std::make_shared<base::Duration>(Traits().ask_for);
  cli::add_duration(line, "--ack-timeout", *ask_for,
                    "send messages again that Splunk has not confirmed for this time after its answer")
      .group("HTTP");
  return [ask_for](const Setting& setting) -> Made { return make_hec(setting.path, TRY(random_guid()), *ask_for); };
}

// ---- OpenTelemetry

bool is_otlp_path(std::string_view path) {
  return path.ends_with("/v1/logs") || path.ends_with("/v1/traces");
}

MakeApi declare_otlp(cli::CommandLine& /*line*/) {
  return [](const Setting& setting) -> Made {
    return setting.path.empty() || setting.path == "/" ? make_otlp() : make_otlp(setting.path);
  };
}

}  // namespace

constinit const Kind kBulk{"bulk", "/_bulk", is_bulk_path, "", declare_bulk};
constinit const Kind kLoki{"loki", "/loki/api/v1/push", is_loki_path, "", declare_loki};
constinit const Kind kHec{"hec", "/services/collector/event", is_hec_path, "", declare_hec};
constinit const Kind kOtlp{"otlp", "/v1/logs", is_otlp_path, "", declare_otlp};

}  // namespace logsend::http
