// uuid() and hmac(): what an event says, as one short text.
//
// Both are made of the event's severity, facility (names), appname, hostname, message and timestamp (UTC, microseconds,
// "2024-03-01T11:00:00.000000Z"), in this order. Each is written as its length in decimal digits, a colon and its
// bytes; what the event lacks has the length 0.
//
//   uuid: base64 of the first 16 bytes of the SHA-256 of that, 24 characters
//   hmac: base64 of the HMAC-SHA256 of that and of the field `timehmac`, written in the same way; 44 characters
#pragma once

#include <memory>
#include <string>

#include "rules/digest.h"
#include "rules/function.h"

namespace rules {

// Of all that but `timehmac`.
Sha256 content_digest(const codec::Event& event);

// Sets the field `uuid`: events that say the same have the same one.
class UuidFunction final : public Function {
 public:
  static base::Result<std::unique_ptr<Function>> create(const Arguments& arguments, const Resources& resources);
  Outcome apply(codec::Event& event, std::string_view subject, Workspace& workspace) const override;
};

// An event that has the field `hmac` is verified: applied, or forged. Any other gets the fields `timehmac`, the time
// now, and `hmac`.
class HmacFunction final : public Function {
 public:
  // The key is in Resources::hmac_key_file, in base64. Kind::config where it is none.
  static base::Result<std::unique_ptr<Function>> create(const Arguments& arguments, const Resources& resources);
  Outcome apply(codec::Event& event, std::string_view subject, Workspace& workspace) const override;

 private:
  explicit HmacFunction(std::string key) : key_(std::move(key)) {}
  [[nodiscard]] std::string hmac_of(const codec::Event& event, std::string_view time) const;

  std::string key_;
};

}  // namespace rules
