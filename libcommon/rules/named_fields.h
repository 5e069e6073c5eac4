// Fields whose names come with the message: those of json() and kv(). A name that an event in JSON has
// (codec/render.h) sets that field, where the text is a value for it.
#pragma once

#include <string>
#include <string_view>

#include "codec/event.h"
#include "rules/function.h"

namespace rules {

class NamedFields {
 public:
  // All of these must outlive it. `prefix` goes before each name.
  NamedFields(codec::Event& event, Workspace& workspace, std::string_view prefix)
      : event_(event), fields_(workspace.fields), prefix_(prefix) {}

  void add_text(std::string_view name, std::string_view text);
  // `json` may have white space in it. A list or an object cannot be a known field.
  void add_json(std::string_view name, std::string_view json);

  // Gives the event the open fields. An event of which some known field could not be set is tagged so.
  void finish(codec::OpenFieldBatch::Names names, std::string_view tag);

 private:
  bool set_known(std::string_view name, std::string_view text, bool is_text);

  codec::Event& event_;
  codec::OpenFieldBatch& fields_;
  std::string_view prefix_;
  std::string name_;
  std::string key_;
  std::string json_;
  bool refused_ = false;
};

}  // namespace rules
