// What POST /logs brings, taken apart: whose each message is, and the message as it is stored, with the name of its
// token in the token's place (spec: "cooked").
//
//   <190>1 2012-12-10T03:00:48Z h t.7f3… web.1 - - hi     ->     <190>1 2012-12-10T03:00:48Z h app web.1 - - hi
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hub {

// The token that a message names as its APP-NAME: the fourth word. Empty: there is none that begins with "t.".
std::string_view token_in(std::string_view message);

// Appends the message with `name` as its APP-NAME, where that is `token`; else as it is.
void append_cooked(std::string& out, std::string_view message, std::string_view token, std::string_view name);

}  // namespace hub
