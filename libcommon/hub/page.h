// The page: one file of HTML, with its style and its script, that shows what the API has. It is a part of the program.
#pragma once

#include <string>
#include <string_view>

namespace hub {

std::string_view page_html();

// What a browser may do with it: Content-Security-Policy. Only this style and this script, by their hashes; no markup
// made of text; requests to this server only.
std::string page_policy(std::string_view html);

}  // namespace hub
