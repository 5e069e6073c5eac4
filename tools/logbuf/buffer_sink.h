// The sink of `logbuf push`: every batch is committed before it counts as safe.
//
// A lone message is committed at once; while a commit is under way more messages gather in the pipe, and make the next
// batch.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/report.h"
#include "event/loop.h"
#include "stream/flow.h"
#include "tools/logbuf/changes.h"
#include "tools/logbuf/store/buffer.h"

namespace logbuf {

struct BufferSinkOptions {
  std::string origin = {};
  bool report_loss = false;
  // Told of every append, before what it took counts as safe.
  std::function<void(const Appended&)> stored = {};
  // Told that the next `count` messages cannot be stored, because the buffer is a replica's (Kind::unavailable) or the
  // system does not write (Kind::io); they count as safe, since whoever is told answers for them. None: that is an
  // error.
  std::function<void(std::size_t count, const base::Error&)> refused = {};
};

class BufferSink final : public stream::Sink {
 public:
  static base::Result<std::unique_ptr<BufferSink>> open(event::Loop& loop, Buffer& buffer, BufferSinkOptions options,
                                                        base::Report report);

  [[nodiscard]] std::size_t room() const override;
  base::Result<void> write(const stream::Batch& batch) override;
  base::Result<void> flush() override;
  base::Result<void> finish() override;
  [[nodiscard]] std::uint64_t safe() const override { return safe_; }
  [[nodiscard]] bool finished() const override { return pending_.empty(); }
  [[nodiscard]] std::string state() const override;

 private:
  BufferSink(event::Loop& loop, Buffer& buffer, BufferSinkOptions options, base::Report report);
  // Stores what fits of `batch` from `first` on; true: all of it is settled.
  base::Result<bool> store(const stream::Batch& batch, std::size_t& first);
  void say_what_goes(const Appended& appended);
  base::Result<Appended> append(const stream::Batch& batch, std::size_t first);
  base::Result<void> start_waiting();

  event::Loop& loop_;
  Buffer& buffer_;
  BufferSinkOptions options_;
  base::Report report_;
  std::uint64_t safe_ = 0;
  std::uint64_t duplicates_ = 0;
  std::uint64_t dropped_ = 0;
  std::uint64_t deleted_ = 0;
  stream::Batch pending_;  // does not fit; nothing more is taken until it does
  std::size_t pending_first_ = 0;
  std::unique_ptr<Changes> changes_;  // set while the buffer is full
  event::Timer recheck_;              // room also comes with time, as retention runs out
};

}  // namespace logbuf
