// The drains of channels that are directories: consumers of their buffers, read by `logbuf peek`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "hub/drain_source.h"
#include "tools/logbuf/hub/directory_store.h"

namespace logbuf {

class DirectoryDrains final : public hub::DrainSource {
 public:
  // `logbuf` and `logsend` are the programs. The store has to outlive it.
  DirectoryDrains(DirectoryStore& store, std::string root, std::string logbuf, std::string logsend);

  void backlog(const std::string& channel, const std::string& consumer, hub::Done<std::uint64_t> done) override;
  void remove(const std::string& channel, const std::string& consumer, hub::Done<> done) override;
  void claim(const std::string& channel, const std::string& consumer,
             hub::Done<std::optional<std::vector<std::string>>> done) override;
  [[nodiscard]] std::string sender() const override { return logsend_; }
  [[nodiscard]] std::string folder() const override { return root_ + "/.drains"; }

 private:
  DirectoryStore& store_;
  std::string root_;
  std::string logbuf_;
  std::string logsend_;
};

}  // namespace logbuf
