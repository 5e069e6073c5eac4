// The fields of an event one by one under their names, for APIs that know no event, only names and values.
//
// hostname, appname, procid, msgid, facility and severity (names), structured_data, peer_address, local_port, protocol,
// unparsed, and open fields; neither timestamp nor message. What is nested in an open field is named "a.b"; what is
// null is left out. The bytes of a field that is not UTF-8 follow it in base64, as "base64.NAME", and those of the text
// of the message, which stands elsewhere, as "base64.message".
#pragma once

#include <string>
#include <string_view>

#include "codec/event.h"
#include "tools/logsend/http/api.h"

namespace logsend::http {

class FieldVisitor {
 public:
  virtual ~FieldVisitor() = default;
  // JSON without white space: a string, a number, true, false or a list. Views are valid during the call.
  virtual void take(std::string_view name, std::string_view json) = 0;
};

void visit_fields(const Message& message, FieldVisitor& visitor);

// A value that is no string as a string, which has its JSON.
void append_as_string(std::string& out, std::string_view json);

// `,"name":` or, at the start of an object, the same without the comma.
void append_member_name(std::string& object, std::string_view name);

}  // namespace logsend::http
