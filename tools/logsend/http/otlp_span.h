// Traces of mulog (mulog(3)) as spans of OpenTelemetry, in OTLP's JSON.
#pragma once

#include <string>
#include <string_view>

#include "codec/event.h"

namespace logsend::http {

// Stands before the spans in what append_otlp_span() appends, and nowhere in an element of resourceLogs.
inline constexpr std::string_view kBeforeSpan = "\"scopeSpans\":[{\"spans\":[";

// It has mulog/trace-id, mulog/root-trace and mulog/duration, as the event at the end of a trace has.
bool is_otlp_span(const codec::Event& event);

// Appends an element of resourceSpans that has one span, of such an event. Ids: a trace has the first 16 bytes of the
// id of its root, as mulog gives them to Zipkin. A span has the exclusive or of bytes 8 to 15 and 16 to 23 of its id,
// since neither alone differs between processes and within one.
void append_otlp_span(std::string& out, const codec::Event& event);

}  // namespace logsend::http
