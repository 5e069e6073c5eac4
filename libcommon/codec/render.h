// Events as bytes. Each appends one message without a line end to `out`.
#pragma once

#include <string>

#include "codec/event.h"

namespace codec {

// One line, an object of valid UTF-8 whatever the bytes, without what the event lacks; "message" is always there but
// for Body::whole:
//
//   timestamp, hostname, appname, procid, msgid   strings; timestamp as in RFC 3339
//   facility, severity                            names
//   structured_data                               {id: {name: "value" or ["value", ...]}}
//   message                                       string; an object where it is one, see Body
//   peer_address, local_port, protocol            string, number, string
//   unparsed                                      the reason, of an event that is
//   base64                                        {field: "base64 of its bytes"} of fields that are not UTF-8
//   open fields                                   as they came in, see Event::members
//
// parse() in its JSON form gives the same event back.
void append_json(std::string& out, const Event& event);

// RFC 5424. The message goes out as it is, also line ends; header fields are made printable ASCII ('?' for other bytes)
// and are cut at the RFC's lengths; time has microseconds at most. Open fields are one element of structured data
// (append_open_fields()), but for Body::whole, whose message has them.
void append_rfc5424(std::string& out, const Event& event);

// RFC 3164. Control bytes of the message become #ooo as rsyslog writes them. Structured data
// and open fields have no place here.
void append_rfc3164(std::string& out, const Event& event);

}  // namespace codec
