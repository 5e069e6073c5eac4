// The sink of "-- COMMAND" and "--plain -- COMMAND": a child that takes frames and gives receipts (logpipe(7), HOPS).
// Started at once; when it dies it is started again and everything unreceipted is sent again.
#pragma once

#include <memory>
#include <string>

#include "stream/output.h"
#include "stream/recipient.h"
#include "stream/window.h"

namespace stream {

class Hop final : public Sink {
 public:
  static base::Result<std::unique_ptr<Hop>> start(event::Loop& loop, OutputOptions options, base::Report report);
  // The child is left to finish by itself with what it has.
  ~Hop() override = default;

  // Tells the child to end: what it has not confirmed will come again by another way.
  void abandon() { recipient_->replace("is not needed any more"); }

  [[nodiscard]] bool ready() const override { return plain_ || recipient_->is_proven(); }
  // With --plain, receipts may mean anything.
  [[nodiscard]] std::optional<Strength> strength() const override {
    return plain_ ? Strength::sent : recipient_->strength();
  }
  [[nodiscard]] std::size_t room() const override { return window_.room(); }
  base::Result<void> write(const Batch& batch) override { return recipient_->write(batch); }
  base::Result<void> flush() override { return recipient_->flush(); }
  base::Result<void> finish() override { return recipient_->finish(); }
  [[nodiscard]] std::uint64_t safe() const override { return window_.safe(); }
  [[nodiscard]] bool finished() const override { return recipient_->finished(); }
  [[nodiscard]] std::string state() const override;
  void use_origin(const std::string& origin) override { recipient_->use_origin(origin); }
  base::Result<void> hurry() override { return recipient_->hurry(); }

 private:
  explicit Hop(const OutputOptions& options);

  bool plain_;
  Window window_;
  std::unique_ptr<Recipient> recipient_;
};

}  // namespace stream
