// One file, or stdin: read, decompressed where it is compressed, and cut into messages.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/io.h"
#include "codec/decode.h"
#include "event/loop.h"
#include "net/url.h"
#include "stream/flow.h"
#include "stream/frame.h"

namespace logcat {

struct FileOptions {
  stream::Framing framing = stream::Framing::line;
  std::size_t max_message = stream::kDefaultMaxMessage;
};

class FileReader {
 public:
  // "-" is stdin, anything else a path. Named pipes are waited for.
  static base::Result<std::unique_ptr<FileReader>> open(event::Loop& loop, const net::Url& url,
                                                        const FileOptions& options);

  // Appends about `limit` bytes of messages. Damage is Kind::data, and the messages before it are in `out`.
  base::Result<stream::Next> read(stream::Batch& out, std::size_t limit);

  [[nodiscard]] const std::string& name() const { return name_; }
  // A file, which can be read again, and no pipe or terminal.
  [[nodiscard]] bool regular() const { return regular_; }
  // Bytes that were taken and are no whole message yet.
  [[nodiscard]] std::size_t pending() const { return input_.size() + frames_.pending(); }
  // Messages that were cut because they were too long.
  [[nodiscard]] std::uint64_t split() const { return frames_.split(); }

 private:
  FileReader(event::Loop& loop, base::Fd fd, std::string name, bool regular, const FileOptions& options);
  base::Result<base::Transfer> fill();
  base::Result<bool> know_coding();
  base::Result<void> pass_on(stream::Batch& out);
  base::Result<void> finish(stream::Batch& out);
  base::Error damage(base::Error error, stream::Batch& out);

  base::Fd fd_;
  std::string name_;
  bool regular_;
  event::Io readable_;
  std::unique_ptr<char[]> buffer_;
  std::string_view input_;  // of buffer_: read and not yet passed on
  bool ended_ = false;
  std::optional<codec::Coding> coding_;
  std::unique_ptr<codec::Decoder> decoder_;  // none: plain
  bool decoded_all_ = true;                  // the decoder has nothing more without more input
  stream::FrameReader frames_;
  std::uint64_t messages_ = 0;
};

}  // namespace logcat
