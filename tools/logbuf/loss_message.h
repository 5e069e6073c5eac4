// What says in a stream of messages that some are missing from it. logsend's logplex API knows it by its appname and
// msgid, and says it as logplex does.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace logbuf {

enum class LossForm {
  logbuf,   // as below
  logplex,  // "<172>1 NOW host heroku logplex - - Error L10 (output buffer overflow): 3 messages dropped since TIME."
};

// RFC 5424: "<44>1 NOW - logbuf - loss - 3 messages were dropped since TIME because the buffer was full". `why` is what
// follows the time.
std::string loss_message(std::uint64_t count, base::WallTime since, base::WallTime now, std::string_view why,
                         LossForm form = LossForm::logbuf);

}  // namespace logbuf
