// What events get that they do not say: as options ask (logsend --pri, --host and their kin), else as logger(1) has it.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "codec/event.h"

namespace rules {

struct Defaults {
  std::string priority = "user.notice";  // FACILITY.SEVERITY, or the number
  std::string hostname;                  // empty: this host's
  std::string appname;                   // empty: the user's name
  std::string procid = {};
  std::string msgid = {};
  std::string structured_data = {};  // as in RFC 5424
};

class Completion {
 public:
  // Kind::usage for a priority or structured data that is none.
  static base::Result<std::unique_ptr<Completion>> create(Defaults defaults);

  // Events that have no time get this one; those of mulog have one, in milliseconds, as mulog/timestamp.
  void set_clock(const codec::LocalClock& clock) { missing_.timestamp = codec::timestamp_of(clock); }

  // The event's views point into this afterwards.
  void complete(codec::Event& event) const;

 private:
  explicit Completion(Defaults defaults) : defaults_(std::move(defaults)) {}
  base::Result<void> set_missing();

  Defaults defaults_;
  codec::Event missing_;  // views into defaults_
};

}  // namespace rules
