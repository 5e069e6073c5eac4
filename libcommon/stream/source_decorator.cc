#include "stream/source_decorator.h"

namespace stream {

SourceDecorator::SourceDecorator(std::unique_ptr<Source> source) {
  sources_.push_back(std::move(source));
}

SourceDecorator::SourceDecorator(std::vector<std::unique_ptr<Source>> sources) : sources_(std::move(sources)) {}

base::Result<bool> SourceDecorator::flush_receipts() {
  bool all = true;
  for (const auto& source : sources_) all = TRY(source->flush_receipts()) && all;
  return all;
}

void SourceDecorator::set_sink_full_since(std::optional<base::Instant> since) {
  for (const auto& source : sources_) source->set_sink_full_since(since);
}

void SourceDecorator::stop() {
  for (const auto& source : sources_) source->stop();
}

base::Result<void> SourceDecorator::reopen() {
  base::Result<void> all;
  for (const auto& source : sources_)
    if (auto reopened = source->reopen(); !reopened && all) all = std::move(reopened);
  return all;
}

std::string SourceDecorator::state() const {
  std::string text;
  for (const auto& source : sources_) {
    const std::string each = source->state();
    if (!each.empty()) text += (text.empty() ? "" : "; ") + each;
  }
  return text;
}

}  // namespace stream
