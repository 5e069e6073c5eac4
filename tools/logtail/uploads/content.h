// The content of one upload after the other: read from the beginning, decompressed where it is compressed, and cut into
// messages. Positions are those in the content. A position is only found again by reading what comes before it, which
// also shows, by its hash, that it is still the same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "codec/decode.h"
#include "stream/batch.h"
#include "tools/logtail/emitter.h"
#include "tools/logtail/files/cutter.h"
#include "tools/logtail/uploads/version.h"

namespace logtail {

class Content {
 public:
  static constexpr std::uint64_t kNoEnd = std::numeric_limits<std::uint64_t>::max();
  static constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();

  Content(Cutter cutter, EmitterOptions options);
  ~Content();
  Content(const Content&) = delete;
  Content& operator=(const Content&) = delete;

  // The one before is closed.
  base::Result<void> open(base::Fd fd, std::string name);
  void close() { fd_.reset(); }
  [[nodiscard]] bool is_open() const { return static_cast<bool>(fd_); }

  // Passes over what comes before `position`. False: there is not so much.
  base::Result<bool> skip_to(std::uint64_t position);

  // Appends messages of about `limit` bytes, and to `ends` where each ends, counted from where at() was; looks at
  // nothing from `end` on. True: there is more. False: all up to the end was read; an unterminated last line is a
  // message. Kind::data where the file is damaged: what is whole before that was given, half a line was not.
  base::Result<bool> read(std::size_t limit, std::uint64_t end, bool& passing, stream::Batch& out,
                          std::vector<std::uint32_t>& ends);

  [[nodiscard]] std::uint64_t at() const { return at_; }
  [[nodiscard]] std::uint64_t hash() const;  // of what comes before
  // As it was seen just before its end was found, or when it was opened.
  [[nodiscard]] const Version& version() const { return version_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  // How often a message was cut since it was too long, in all files.
  [[nodiscard]] std::uint64_t split() const { return split_; }

 private:
  struct Hash;

  [[nodiscard]] std::string_view held() const { return {buffer_.get() + begin_, end_ - begin_}; }
  void pass(std::size_t bytes);
  void make_room(std::size_t bytes);
  base::Result<void> fill();
  base::Result<void> fill_plain();
  base::Result<void> fill_raw();
  base::Result<void> know_coding();

  Cutter cutter_;
  Emitter emitter_;
  base::Fd fd_;
  std::string name_;
  Version version_;
  std::unique_ptr<Hash> hash_;
  std::uint64_t at_ = 0;
  std::unique_ptr<char[]> buffer_;  // the content
  std::size_t size_ = 0;
  std::size_t begin_ = 0;  // in it: what was read and not passed
  std::size_t end_ = 0;
  std::unique_ptr<char[]> raw_;  // of the file
  std::string_view input_;       // in it: not decoded yet
  bool raw_ended_ = false;
  bool ended_ = false;
  bool coding_known_ = false;
  std::unique_ptr<codec::Decoder> decoder_;  // none: plain
  std::uint64_t split_ = 0;
};

}  // namespace logtail
