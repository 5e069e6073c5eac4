// The sink of a process whose source gives no messages: see Hub.
#pragma once

#include <string>
#include <utility>

#include "stream/flow.h"

namespace hub {

class IdleSink final : public stream::Sink {
 public:
  explicit IdleSink(std::string state) : state_(std::move(state)) {}

  [[nodiscard]] std::size_t room() const override { return 1; }
  base::Result<void> write(const stream::Batch& /*batch*/) override { return {}; }
  base::Result<void> flush() override { return {}; }
  base::Result<void> finish() override { return {}; }
  [[nodiscard]] std::uint64_t safe() const override { return 0; }
  [[nodiscard]] bool finished() const override { return true; }
  [[nodiscard]] std::string state() const override { return state_; }

 private:
  std::string state_;  // one line for people
};

}  // namespace hub
