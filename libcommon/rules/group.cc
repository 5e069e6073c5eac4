#include "rules/group.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

#include "codec/json_string.h"
#include "codec/json_visit.h"
#include "codec/open_fields.h"
#include "codec/open_list.h"
#include "codec/structured_data.h"

namespace rules {
namespace {

constexpr std::size_t kGroupMemberBytes = 160;  // beside its text: a guess at what the containers need
constexpr std::string_view kTagsField = "tags";

// With bytes of its own; without message and raw.
codec::Event owned(const codec::Event& event) {
  codec::Event copy;
  copy.timestamp = event.timestamp;
  copy.facility = event.facility;
  copy.severity = event.severity;
  copy.form = event.form;
  copy.body = event.body;
  copy.local_port = event.local_port;
  for (const auto part : {&codec::Event::hostname, &codec::Event::appname, &codec::Event::procid, &codec::Event::msgid,
                          &codec::Event::structured_data, &codec::Event::peer_address, &codec::Event::protocol,
                          &codec::Event::reason, &codec::Event::members, &codec::Event::members_base64})
    if (!(event.*part).empty()) copy.*part = copy.keep(std::string(event.*part));
  return copy;
}

}  // namespace

std::size_t Group::bytes_of(const codec::Event& event) {
  return event.raw.size() + event.message.size() + event.members.size() + event.structured_data.size() +
         kGroupMemberBytes;
}

Group::Group(const Joining& joining, const codec::Event& event, const codec::Timestamp& received, bool raw)
    : packer_(joining.packer->shared_from_this()), raw_(raw), first_(owned(event)) {
  add_member(event, received);
}

void Group::add_member(const codec::Event& event, const codec::Timestamp& received) {
  const bool has_before = !members_.empty() && !packer_->by_time();
  const Moment time = event.timestamp ? moment_of(*event.timestamp)
                      : has_before    ? members_.back().time
                                      : moment_of(received);
  members_.push_back(
      {time, event.timestamp.has_value(), std::string(event.message), raw_ ? std::string(event.raw) : std::string()});
  bytes_ += bytes_of(event);
}

bool Group::is_near(const codec::Event& event, const codec::Timestamp& received) const {
  constexpr std::int64_t kFar = 1'000'000'000;  // seconds; the difference in nanoseconds still is a number
  const Moment time = moment_of(event.timestamp ? *event.timestamp : received);
  const Moment& first = members_.front().time;
  const std::int64_t seconds = time.seconds - first.seconds;
  if (seconds > kFar || seconds < -kFar) return false;
  const auto difference = std::chrono::seconds(seconds) + std::chrono::nanoseconds(time.nanoseconds) -
                          std::chrono::nanoseconds(first.nanoseconds);
  return std::chrono::abs(difference) < packer_->window();
}

void Group::add(const codec::Event& event, const codec::Timestamp& received) {
  unite(event);
  add_member(event, received);
}

void Group::unite(const codec::Event& event) {
  if (event.severity && (!first_.severity || *event.severity < *first_.severity)) first_.severity = event.severity;
  if (event.structured_data != first_.structured_data) {
    if (elements_.empty()) unite_structured_data(first_.structured_data);
    unite_structured_data(event.structured_data);
  }
  if (event.members != first_.members) {
    if (names_.empty()) unite_fields(first_);
    unite_fields(event);
  }
}

void Group::unite_structured_data(std::string_view text) {
  using Token = codec::StructuredDataReader::Token;
  codec::StructuredDataReader reader(text);
  std::size_t element = 0;
  for (Token token = reader.next(); token == Token::element || token == Token::param; token = reader.next()) {
    if (token == Token::element) {
      const auto [known, is_new] = element_of_.try_emplace(std::string(reader.id()), elements_.size());
      if (is_new) elements_.push_back({std::string(reader.id()), {}});
      element = known->second;
      continue;
    }
    std::string param = " ";
    param.append(reader.name()).append("=\"").append(reader.value()).append("\"");
    if (params_.insert(elements_[element].id + param).second) elements_[element].params += param;
  }
}

std::string Group::united_structured_data() const {
  std::string text;
  for (const Element& element : elements_) text.append("[").append(element.id).append(element.params).append("]");
  return text;
}

void Group::unite_fields(const codec::Event& event) {
  if (event.members.empty()) return;
  const std::string object = "{" + std::string(event.members.substr(1)) + "}";
  std::string space;
  codec::each_member(object, [&](std::string_view name, std::string_view value) {
    if (name == kTagsField) {
      const auto take = [&](std::string_view tag) {
        std::string text(codec::is_json_string(tag) ? codec::json_string_text(tag, space) : tag);
        if (known_tags_.insert(text).second) tags_.push_back(std::move(text));
        return true;
      };
      if (codec::is_json_list(value))
        codec::each_element(value, take);
      else
        take(value);
    }
    if (!names_.insert(std::string(name)).second) return true;
    fields_ += ',';
    (void)codec::append_json_string(fields_, name);
    fields_.append(":").append(value);
    return true;
  });
}

std::vector<const Group::Member*> Group::in_order() {
  std::stable_sort(members_.begin() + (packer_->by_time() ? 0 : 1), members_.end(),
                   [](const Member& a, const Member& b) { return a.time < b.time; });
  std::vector<const Member*> ordered;
  std::set<std::pair<Moment, std::string_view>> said;
  for (const Member& member : members_) {
    const bool repeats = packer_->by_time() && !said.emplace(member.time, member.message).second;
    if (!repeats || !member.has_time) ordered.push_back(&member);
  }
  return ordered;
}

codec::Event Group::merge(Workspace& workspace) {
  codec::Event event = std::move(first_);
  if (members_.size() == 1) {
    event.message = event.keep(std::move(members_.front().message));
    event.raw = event.keep(std::move(members_.front().raw));
    return event;
  }
  std::string message;
  std::string raw;
  std::string_view separator;
  for (const Member* member : in_order()) {
    message.append(separator).append(member->message);
    if (raw_) raw.append(separator).append(member->raw);
    separator = "\n";
  }
  event.body = codec::Body::text;
  event.message = event.keep(std::move(message));
  event.raw = event.keep(std::move(raw));
  if (!elements_.empty()) event.structured_data = event.keep(united_structured_data());
  if (!names_.empty()) event.members = event.keep(std::move(fields_));
  if (!tags_.empty()) codec::set_open_list(event, kTagsField, tags_);
  packer_->identify(event, workspace);
  return event;
}

}  // namespace rules
