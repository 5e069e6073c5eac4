// The log of one channel: its buffer, opened when it is needed. One thread at a time may use it.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "hub/store.h"
#include "stream/batch.h"
#include "tools/logbuf/store/buffer.h"

namespace logbuf {

class ChannelLog {
 public:
  // With Access::read_only the buffer has to be there, and stays as it is.
  explicit ChannelLog(std::string path, Access access = Access::read_write) : path_(std::move(path)), access_(access) {}

  // The limits that the buffer has from its next use on.
  void set_limits(const Limits& limits) { limits_ = limits; }

  // Opens the buffer, or makes it.
  base::Result<Buffer*> open();
  // Null: nothing was ever appended.
  base::Result<Buffer*> open_existing();
  void close() { buffer_.reset(); }
  [[nodiscard]] bool is_open() const { return buffer_ != nullptr; }

  // How many of the messages are stored, from the first on; and why not all, where that is so.
  struct Result {
    std::size_t taken = 0;
    std::optional<base::Error> error = {};
    std::uint64_t last_id = 0;
    bool whole = true;  // it stands in the log together, up to last_id; false: it may not
  };
  Result append(const stream::Batch& messages, bool report_loss);

  base::Result<hub::Excerpt> read_after(const std::string& after, std::size_t limit);
  base::Result<hub::Excerpt> read_before(const std::string& before, std::size_t limit);
  base::Result<std::string> id_at(base::WallTime time);
  base::Result<hub::Standing> standing();

 private:
  base::Result<void> apply_limits();

  std::string path_;
  Access access_;
  Limits limits_;
  std::optional<Limits> applied_;
  std::unique_ptr<Buffer> buffer_;
};

}  // namespace logbuf
