// What a store has for drains: each is a consumer of its channel's messages, with a command that hands them out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "hub/store.h"

namespace hub {

class DrainSource {
 public:
  virtual ~DrainSource() = default;

  // How many messages the consumer has not acknowledged. One that is not there yet is made: its messages are those
  // that are appended after this call. Kind::no_input: there is no such channel.
  virtual void backlog(const std::string& channel, const std::string& consumer, Done<std::uint64_t> done) = 0;
  virtual void remove(const std::string& channel, const std::string& consumer, Done<> done) = 0;

  // The right to send what the consumer has, as a command that hands it out: it takes a sink behind "--", and follows
  // the channel for ever; or it ends with status 0, and the right is to be claimed again. Nothing: another hub on the
  // same store has the right, and uses it.
  virtual void claim(const std::string& channel, const std::string& consumer,
                     Done<std::optional<std::vector<std::string>>> done) = 0;
  // logsend.
  [[nodiscard]] virtual std::string sender() const = 0;
  // A folder for files with the addresses of drains, which is made where it is missing.
  [[nodiscard]] virtual std::string folder() const = 0;
};

}  // namespace hub
