// Many open fields for an event at once. set_open_field() copies all fields that there are for each one that it sets;
// this copies them once.
//
// Names are top-level: "a.b" becomes the member of this name. Where the event has an object among its fields, such a
// member stands before it, so that it is the one that is found. Where the message is an object, the fields are added
// beside it, and are found before its members.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "codec/event.h"

namespace codec {

// `,"name":`, the form in which a batch takes names. Each byte of the name that is not UTF-8 becomes U+FFFD.
std::string open_field_key(std::string_view name);
void append_open_field_key(std::string& out, std::string_view prefix, std::string_view name);

// Keeps its memory from event to event.
class OpenFieldBatch {
 public:
  // What is known of the names that were added, or becomes of those that are repeated.
  enum class Names {
    distinct,  // none is repeated, as the caller knows
    last,      // the last value counts
    list,      // the values become a list, in their order
  };

  // As a string; bytes that are not UTF-8 are kept as set_open_field() keeps them.
  void add_text(std::string_view key, std::string_view text);
  // As a JSON number (json_number.h); false, and nothing is added, for what is none.
  bool add_number(std::string_view key, std::string_view text, bool fractions);
  // `json` is a value without white space around it.
  void add_json(std::string_view key, std::string_view json);

  [[nodiscard]] bool empty() const { return entries_.empty(); }
  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  void clear();

  // Gives the event all of it, in place of values that it has under these names. The batch is empty afterwards.
  void apply(Event& event, Names names);

 private:
  struct Entry {
    std::size_t begin;  // in text_: of the key, with its comma
    std::size_t value;
    std::size_t end;
  };
  struct Group {  // entries of one name: order_[first .. first + size)
    std::size_t first;
    std::size_t size;
    bool written = false;
  };

  void group_by_name();
  [[nodiscard]] std::string_view name_of(const Entry& entry, std::string& space) const;
  Group* find_group(std::string_view name);
  void write_group(std::string& out, Group& group, Names names) const;
  void write_new(std::string& out, Names names, bool dotted_only);
  std::string merged(std::string_view members, Names names);
  std::string merged_originals(std::string_view originals, Names names);
  void append_original(std::string& out, const Group& group, Names names) const;

  std::string text_;
  std::vector<Entry> entries_;
  std::vector<std::pair<std::size_t, std::string>> originals_;  // entry, and base64 of its bytes with quotes
  std::vector<std::size_t> order_;                              // of entries, by name
  std::vector<std::string> names_;                              // by entry
  std::vector<Group> groups_;                                   // by name
  std::vector<std::size_t> group_of_;                           // by entry
};

}  // namespace codec
