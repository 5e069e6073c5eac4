// The name of a file that messages go to: text, strftime(3) conversions, and fields of each message as "%{FIELD}".
//
// The directory before the first component with a conversion is the fixed part. It is the operator's own and has to be
// there; what a message says only chooses names below it. Passive: no descriptors, no clock.
#pragma once

#include <ctime>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/event.h"
#include "codec/field.h"

namespace logsend {

class FilePattern {
 public:
  // Kind::usage for a field that does not exist, and for "." or ".." or no name at all where the path varies.
  static base::Result<FilePattern> compile(std::string_view text);

  // The fixed part, with the slash at its end; empty: the working directory.
  [[nodiscard]] const std::string& fixed() const { return fixed_; }
  [[nodiscard]] bool varies() const { return varies_; }  // has conversions or fields
  [[nodiscard]] bool has_fields() const;

  // The name below the fixed part. A field is one harmless component, or part of one: "/", NUL and control bytes in it
  // and a "." at its start become "_", an empty one is "_", and at most 128 bytes of it are used. No component is
  // longer than a file's name may be.
  void append_name(std::string& out, const codec::Event& event, const std::tm& time) const;

 private:
  struct Part {
    std::string text;  // before the field, with conversions
    std::optional<codec::FieldPath> field;
  };
  base::Result<void> add_parts(std::string_view text);

  std::string fixed_;
  bool varies_ = false;
  std::vector<Part> parts_;
};

// Calls visit(component, is_last) for what stands between slashes; empty components are left out. Stops at an error.
template <class Visit>
base::Result<void> for_each_component(std::string_view name, Visit&& visit) {
  while (!name.empty()) {
    const std::string_view component = name.substr(0, name.find('/'));
    const bool is_last = component.size() == name.size();
    name.remove_prefix(is_last ? name.size() : component.size() + 1);
    if (!component.empty()) TRY(visit(component, is_last));
  }
  return {};
}

}  // namespace logsend
