// APIs whose messages are records with fields: Elasticsearch's bulk, Loki, Splunk's HTTP Event Collector,
// OpenTelemetry. docs/http-apis.md says which field goes where. Each is a file; records.cc has their places in the
// table and their options.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "codec/field.h"
#include "tools/logsend/http/api.h"

namespace logsend::http {

std::unique_ptr<Api> make_bulk();

// A field by its name, as options have it.
struct NamedField {
  std::string name;
  codec::FieldPath path;
};

// Loki's own limit, max_label_names_per_series.
inline constexpr std::size_t kMostLabels = 15;

std::unique_ptr<Api> make_loki(std::vector<NamedField> labels);

// What the paths of Splunk's HTTP Event Collector have in them.
inline constexpr std::string_view kCollector = "/services/collector";

// `path`: of events. `channel`: a GUID that no other sender has. `ask_for`: see Traits.
std::unique_ptr<Api> make_hec(std::string_view path, std::string channel, base::Duration ask_for);

// The path is that of logs or of traces; where it is neither, traces are sent as logs.
std::unique_ptr<Api> make_otlp(std::string_view path = "/v1/logs");

}  // namespace logsend::http
