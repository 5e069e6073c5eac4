// What RELP peers tell each other when a session is opened (librelp's doc/relp.md, OFFERS). Passive.
//
//   relp_version=0 LF relp_software=logpipe,0.1.0,URL LF commands=syslog
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace codec {

// Of all that can be offered, what matters here. librelp offers version 0 and nothing newer; doc/relp.md is version 1.
struct RelpOffers {
  static constexpr unsigned kNewestVersion = 1;

  unsigned version = 0;
  bool syslog = false;   // among the commands
  std::string software;  // for people; shortened

  // As the data of "open", or of its answer after "200 OK LF".
  [[nodiscard]] std::string text() const;
};

// Unknown offers are passed over. Kind::protocol where relp_version is there and is not a number.
base::Result<RelpOffers> parse_relp_offers(std::string_view data);

// An answer's data: code, text for people, and what is left (the offers, in the answer to "open").
struct RelpAnswer {
  static constexpr unsigned kOk = 200;

  unsigned code = 0;
  std::string_view text;  // views into what was parsed
  std::string_view rest;
};

// Kind::protocol where it does not start with a code of three digits.
base::Result<RelpAnswer> parse_relp_answer(std::string_view data);

}  // namespace codec
