// Messages as events, and in another form: what --parse, --format and the options beside it ask for.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/event.h"
#include "codec/format.h"
#include "codec/parse.h"

namespace logsend {

// What a message gets that does not say; empty: nothing but for what logger(1) sets as well.
struct Defaults {
  std::string priority = "user.notice";  // FACILITY.SEVERITY, or the number
  std::string hostname;                  // empty: this host's
  std::string appname;                   // empty: the user's name
  std::string procid;
  std::string msgid;
  std::string structured_data;  // as in RFC 5424
};

class Formatter {
 public:
  // Without a format messages stay as they are, and their events lack what they do not say. Kind::usage for a priority
  // or structured data that is none.
  static base::Result<std::unique_ptr<Formatter>> create(codec::Mode mode, std::optional<codec::Format> format,
                                                         Defaults defaults);

  // Messages that have no time get this one.
  void set_time_to_now();

  // The event's views point into the message and into this.
  [[nodiscard]] codec::Event event_of(std::string_view message) const;
  void append(std::string& out, const codec::Event& event) const { format_.append(out, event); }

 private:
  Formatter(codec::Mode mode, std::optional<codec::Format> format, Defaults defaults);
  base::Result<void> set_missing();

  codec::Mode mode_;
  bool completes_;
  codec::Format format_;
  Defaults defaults_;
  codec::Event missing_;  // views into defaults_
  codec::Context context_;
};

}  // namespace logsend
