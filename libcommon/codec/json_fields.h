// Named fields whose bytes may be anything as a JSON object from which they can be had back whole.
//
//   a=1, b=caf<E9>, a=2   {"a":["1","2"],"b":"caf\ufffd","base64":{"b":"Y2Fm6Q=="}}
//
// The values of a name that is repeated are a list, in their order, where the name first stood. Values that are not
// UTF-8 are also in the last member "base64", under their name (as in an event's JSON, codec/render.h): a string, or
// for a repeated name a list in which null stands for a value that is UTF-8. A name that is not UTF-8, or is or begins
// with "base64", is written as "base64:" and the base64 of its bytes.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace codec {

using NamedBytes = std::pair<std::string_view, std::string_view>;

std::string json_object_of(std::span<const NamedBytes> fields);

}  // namespace codec
