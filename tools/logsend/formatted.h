// A source whose messages are rendered anew, as --format asks: plain lines are wrapped, events re-rendered. Ids stay.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "base/result.h"
#include "stream/batch.h"
#include "stream/source_decorator.h"
#include "tools/logsend/formatter.h"

namespace logsend {

class Formatted final : public stream::SourceDecorator {
 public:
  Formatted(std::unique_ptr<stream::Source> source, std::unique_ptr<Formatter> formatter)
      : SourceDecorator(std::move(source)), formatter_(std::move(formatter)) {}

  base::Result<stream::Next> read(stream::Batch& batch, std::size_t limit) override;

 private:
  std::unique_ptr<Formatter> formatter_;
  stream::Batch raw_;
  std::string text_;
};

}  // namespace logsend
