// The open fields of an event: any number of named values beside the known ones. They are kept as members of a JSON
// object (Event::members), so that their order, their types and their digits stay, and an event without any pays
// nothing.
//
// "a.b" is the member of this name or, where "a" is an object, its member "b"; the first in the order that there is.
// Where the message is an object, its members are found after those of the event, also as "message.b".
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "codec/event.h"

namespace codec {

// Whether it can be a name: UTF-8, not empty, without spaces, control bytes and brackets.
bool is_open_field_name(std::string_view name);

// As text: strings without quotes and escapes; numbers and booleans as they are written; lists and objects as JSON.
// Empty: the event lacks it, or it is null. The view is of the event or of `space`.
std::string_view open_field_text(const Event& event, std::string_view name, std::string& space);

// Whether `test` is true for its text: for a list, for the text of one of its elements.
bool any_open_field_text(const Event& event, std::string_view name, const std::function<bool(std::string_view)>& test);

// Replaces the value where it stands, or adds it at the end, as a string. The empty text takes it away.
void set_open_field(Event& event, std::string_view name, std::string_view text);

// The same with a value that is JSON, without white space; empty: it is taken away. For many at once see
// open_field_batch.h.
void set_open_field_json(Event& event, std::string_view name, std::string_view json);

// The value of a field as JSON; empty: the event lacks it. A view of the event.
std::string_view open_field_json(const Event& event, std::string_view name);

// All of them as one element of structured data, [fields@32473 name="value" ...], at the end of `out`, which ends in
// structured data or is empty; in that, if it has this element. The elements of a list are parameters of one name;
// members of objects are named "a.b". What is null is left out. No fields: appends nothing.
//
// 32473 is the number that RFC 5612 gives to whoever has none of his own.
void append_open_fields(std::string& structured_data, const Event& event);

}  // namespace codec
