#include "codec/open_field_batch.h"

#include <algorithm>
#include <numeric>

#include "codec/base64.h"
#include "codec/json_number.h"
#include "codec/json_string.h"
#include "codec/json_walk.h"

namespace codec {

void append_open_field_key(std::string& out, std::string_view prefix, std::string_view name) {
  out += ',';
  if (prefix.empty()) {
    (void)append_json_string(out, name);
  } else {
    std::string whole(prefix);
    whole += name;
    (void)append_json_string(out, whole);
  }
  out += ':';
}

std::string open_field_key(std::string_view name) {
  std::string key;
  append_open_field_key(key, {}, name);
  return key;
}

void OpenFieldBatch::add_text(std::string_view key, std::string_view text) {
  const std::size_t begin = text_.size();
  text_ += key;
  const std::size_t value = text_.size();
  if (!append_json_string(text_, text)) {
    std::string encoded = "\"";
    append_base64(encoded, text);
    encoded += '"';
    originals_.emplace_back(entries_.size(), std::move(encoded));
  }
  entries_.push_back({begin, value, text_.size()});
}

bool OpenFieldBatch::add_number(std::string_view key, std::string_view text, bool fractions) {
  const std::size_t begin = text_.size();
  text_ += key;
  const std::size_t value = text_.size();
  if (!append_json_number(text_, text, fractions)) {
    text_.resize(begin);
    return false;
  }
  entries_.push_back({begin, value, text_.size()});
  return true;
}

void OpenFieldBatch::add_json(std::string_view key, std::string_view json) {
  const std::size_t begin = text_.size();
  text_ += key;
  const std::size_t value = text_.size();
  text_ += json;
  entries_.push_back({begin, value, text_.size()});
}

void OpenFieldBatch::clear() {
  text_.clear();
  entries_.clear();
  originals_.clear();
}

void OpenFieldBatch::apply(Event& event, Names names) {
  if (entries_.empty()) return;
  const bool has_originals = !originals_.empty() || !event.members_base64.empty();
  const bool simple = names == Names::distinct && event.members.empty();
  if (!simple || has_originals) group_by_name();
  event.members = event.keep(simple ? std::string(text_) : merged(event.members, names));
  if (has_originals) event.members_base64 = event.keep(merged_originals(event.members_base64, names));
  if (event.body == Body::whole) {
    std::string object = "{";
    object.append(event.members.substr(1)).append("}");
    event.message = event.keep(std::move(object));
  }
  clear();
}

std::string_view OpenFieldBatch::name_of(const Entry& entry, std::string& space) const {
  // Without the comma before it and the colon after it.
  return json_string_text(std::string_view(text_).substr(entry.begin + 1, entry.value - entry.begin - 2), space);
}

void OpenFieldBatch::group_by_name() {
  std::string space;
  names_.resize(entries_.size());
  for (std::size_t i = 0; i < entries_.size(); ++i) names_[i] = name_of(entries_[i], space);
  order_.resize(entries_.size());
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  std::ranges::stable_sort(order_, {}, [&](std::size_t i) { return std::string_view(names_[i]); });
  groups_.clear();
  group_of_.resize(entries_.size());
  for (std::size_t at = 0; at < order_.size(); ++at) {
    if (at == 0 || names_[order_[at]] != names_[order_[at - 1]]) groups_.push_back({at, 0});
    ++groups_.back().size;
    group_of_[order_[at]] = groups_.size() - 1;
  }
}

OpenFieldBatch::Group* OpenFieldBatch::find_group(std::string_view name) {
  const auto name_of_group = [&](const Group& group) { return std::string_view(names_[order_[group.first]]); };
  const auto found = std::ranges::lower_bound(groups_, name, {}, name_of_group);
  return found != groups_.end() && name_of_group(*found) == name ? &*found : nullptr;
}

void OpenFieldBatch::write_group(std::string& out, Group& group, Names names) const {
  group.written = true;
  const std::string_view text = text_;
  const Entry& last = entries_[order_[group.first + group.size - 1]];
  if (group.size == 1 || names != Names::list) {
    out += text.substr(last.begin, last.end - last.begin);
    return;
  }
  out += text.substr(last.begin, last.value - last.begin);
  for (std::size_t i = 0; i < group.size; ++i) {
    const Entry& entry = entries_[order_[group.first + i]];
    out += i == 0 ? '[' : ',';
    out += text.substr(entry.value, entry.end - entry.value);
  }
  out += ']';
}

void OpenFieldBatch::write_new(std::string& out, Names names, bool dotted_only) {
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    Group& group = groups_[group_of_[i]];
    if (group.written || (dotted_only && names_[i].find('.') == std::string::npos)) continue;
    write_group(out, group, names);
  }
}

std::string OpenFieldBatch::merged(std::string_view members, Names names) {
  std::string out;
  out.reserve(members.size() + text_.size());
  if (members.find(":{") != std::string_view::npos) write_new(out, names, true);
  std::string space;
  JsonWalker walker(members);
  while (walker.at_member()) {
    const std::string_view key = walker.take_value();
    const std::string_view value = walker.take_value();
    Group* group = find_group(json_string_text(key, space));
    if (group == nullptr)
      out.append(",").append(key).append(":").append(value);
    else if (!group->written)
      write_group(out, *group, names);
  }
  write_new(out, names, false);
  return out;
}

std::string OpenFieldBatch::merged_originals(std::string_view originals, Names names) {
  std::string out;
  std::string space;
  JsonWalker walker(originals);
  while (walker.at_member()) {
    const std::string_view key = walker.take_value();
    const std::string_view value = walker.take_value();
    if (find_group(json_string_text(key, space)) == nullptr) out.append(",").append(key).append(":").append(value);
  }
  for (Group& group : groups_) group.written = false;
  for (const auto& [entry, encoded] : originals_) {
    Group& group = groups_[group_of_[entry]];
    if (!group.written) append_original(out, group, names);
    group.written = true;
  }
  return out;
}

void OpenFieldBatch::append_original(std::string& out, const Group& group, Names names) const {
  const auto encoded_of = [&](std::size_t entry) -> std::string_view {
    const auto found = std::ranges::lower_bound(originals_, entry, {}, [](const auto& of) { return of.first; });
    return found != originals_.end() && found->first == entry ? std::string_view(found->second) : std::string_view();
  };
  const std::size_t last = order_[group.first + group.size - 1];
  const std::string_view key =
      std::string_view(text_).substr(entries_[last].begin, entries_[last].value - entries_[last].begin);
  if (group.size == 1 || names != Names::list) {
    if (const std::string_view encoded = encoded_of(last); !encoded.empty()) out.append(key).append(encoded);
    return;
  }
  out += key;
  for (std::size_t i = 0; i < group.size; ++i) {
    const std::string_view encoded = encoded_of(order_[group.first + i]);
    out.append(i == 0 ? "[" : ",").append(encoded.empty() ? "null" : encoded);
  }
  out += ']';
}

}  // namespace codec
