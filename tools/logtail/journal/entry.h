// A journal entry as an event, written as JSON. Passive.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "codec/event.h"
#include "codec/open_field_batch.h"

namespace logtail {

// The message's own are timestamp (microseconds since 1970), severity (PRIORITY), facility (SYSLOG_FACILITY), appname
// (SYSLOG_IDENTIFIER, else _COMM), procid (SYSLOG_PID, else _PID), hostname (_HOSTNAME) and message (MESSAGE). All
// other fields are open fields by their own names, _COMM and both PIDs too; several values of a field are a list.
class Entry {
 public:
  void begin(std::uint64_t microseconds);
  void add(std::string_view field);  // NAME=VALUE, any bytes; copied
  void append_json(std::string& out);

 private:
  void add_open(std::string_view name, std::string_view value);
  bool take_number(std::string_view value, std::uint8_t most, std::optional<std::uint8_t>& number);

  codec::Event event_;
  codec::OpenFieldBatch open_;
  std::string appname_, comm_, procid_, pid_, hostname_, message_;
  bool has_message_ = false;
  struct Key {
    std::string text;             // as OpenFieldBatch takes names
    std::uint64_t used_last = 0;  // in which entry
  };
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  std::unordered_map<std::string, Key, Hash, std::equal_to<>> keys_;  // of open fields, by name
  std::uint64_t number_ = 0;                                          // of this entry
  bool repeated_ = false;                                             // a field has several values
};

}  // namespace logtail
