// The files of channels: ROOT/ID/channel.json, and beside it the buffer. What is changed here is fsynced. These calls
// block.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "http/reread_file.h"
#include "hub/channel.h"

namespace logbuf {

struct StoredChannel {
  hub::Channel channel;
  http::FileStamp stamp;  // of its file, before it was read
};

class ChannelFiles {
 public:
  // Makes the directory where it is missing, and removes what a process that was killed has left half made or half
  // deleted. Kind::temporary: another process serves it.
  static base::Result<ChannelFiles> open(std::string root);

  [[nodiscard]] const std::string& root() const { return root_; }
  [[nodiscard]] std::string buffer_of(const std::string& id) const { return root_ + "/" + id + "/buffer"; }

  // Ids of all channels that there are, in order. A directory without a channel.json is none.
  [[nodiscard]] base::Result<std::vector<std::string>> list() const;
  [[nodiscard]] http::FileStamp stamp(const std::string& id) const;
  [[nodiscard]] base::Result<StoredChannel> read(const std::string& id) const;

  // Writes a channel that is not there yet, or, where its file still is the one with the stamp `known`, in its place.
  // Nothing: somebody else has changed the file since.
  [[nodiscard]] base::Result<std::optional<http::FileStamp>> write(const hub::Channel& channel,
                                                                   const http::FileStamp& known) const;
  // With its buffer.
  [[nodiscard]] base::Result<void> remove(const std::string& id) const;

 private:
  ChannelFiles(std::string root, base::Fd lock) : root_(std::move(root)), lock_(std::move(lock)) {}
  [[nodiscard]] std::string file_of(const std::string& id) const { return root_ + "/" + id + "/channel.json"; }
  [[nodiscard]] base::Result<void> remove_leftovers() const;

  std::string root_;
  base::Fd lock_;  // the directory, locked: one hub at a time
};

}  // namespace logbuf
