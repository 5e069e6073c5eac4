// logcat between a source and a sink: as the child of a hop, or in a plain pipe whose frames have ids. What comes on
// stdin is processed and goes on with its ids, and in a hop with its origin; receipts of the sink go back on stdout.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "cli/options.h"
#include "cli/tool.h"
#include "rules/processor.h"
#include "stream/handshake.h"
#include "stream/input.h"
#include "stream/source_decorator.h"

namespace logcat {

// The frames on stdin, and what the source of the hop is told of the sink. Never more than is true later too: a sink
// that is started again may say something else.
class Middle final : public stream::SourceDecorator {
 public:
  // `rewrites`: messages do not go on as they came.
  Middle(std::unique_ptr<stream::Input> input, bool rewrites)
      : SourceDecorator(std::move(input)), input_(static_cast<stream::Input&>(source())), rewrites_(rewrites) {}

  // What the sink has of the origin, as OutputOptions::on_greeting says.
  void sink_greeted(const stream::Greeting& greeting);

  // For the sink, as OutputOptions::renew_origin. Only the source can tell whether what the sink has is its own: so it
  // is asked, by ending (Kind::temporary), where the sink has what has not been read yet.
  base::Result<std::string> renew_origin(const stream::Greeting& greeting) const;

  // Answers the source. `sink` has told its strength, and outlives this.
  base::Result<void> greet(const stream::Sink& sink);

  base::Result<stream::Next> read(stream::Batch& batch, std::size_t limit) override;
  base::Result<void> acknowledge(std::uint64_t count) override;

 private:
  stream::Input& input_;  // the same source
  bool rewrites_;
  const stream::Sink* sink_ = nullptr;  // once the source was answered
  stream::Greeting told_;               // what it was told, or will be
  std::uint64_t newest_ = 0;            // decimal id that was read
};

// To the end; the exit status.
base::Result<int> run_middle(const stream::InputOptions& input, cli::SourceOptions source,
                             const rules::ProcessorOptions& events, const cli::Context& context);

}  // namespace logcat
