#include "tools/logsend/kafka/record_encoder.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "base/ascii.h"
#include "base/quote.h"

namespace logsend::kafka {
namespace {

constexpr std::size_t kMostTopicBytes = 249;

bool is_topic_byte(char c) {
  return base::is_letter(c) || base::is_digit(c) || c == '.' || c == '_' || c == '-';
}

// Why no cluster can have a topic of this name; empty: it can.
std::string fault_of_topic(std::string_view name) {
  if (name.empty()) return "its topic is empty";
  if (name == "." || name == ".." || name.size() > kMostTopicBytes) return "no topic can be named " + base::quote(name);
  return {};
}

// As logs of other programs do it: what no topic's name can have becomes an underscore.
void make_topic(std::string& name) {
  std::ranges::replace_if(
      name, [](char c) { return !is_topic_byte(c); }, '_');
}

void append_short(std::string& out, std::string_view text) {
  const auto size = static_cast<std::uint32_t>(text.size());
  std::array<char, sizeof size> bytes{};
  std::memcpy(bytes.data(), &size, sizeof size);
  out.append(bytes.data(), bytes.size()).append(text);
}

std::string_view take_short(std::string_view& part) {
  std::uint32_t size = 0;
  std::memcpy(&size, part.data(), sizeof size);
  const std::string_view text = part.substr(sizeof size, size);
  part.remove_prefix(sizeof size + size);
  return text;
}

}  // namespace

Record record_of(std::string_view part) {
  Record record;
  record.key = take_short(part);
  record.id = take_short(part);
  record.value = part;
  return record;
}

base::Result<RecordEncoder> RecordEncoder::create(const EventOptions& options, const std::string& topic,
                                                  const std::string& key, bool names_messages) {
  auto topic_template = TRY(codec::Template::compile(topic));
  auto key_template = TRY(codec::Template::compile(key));
  RecordEncoder encoder(std::move(topic_template), std::move(key_template));
  encoder.names_messages_ = names_messages;
  if (encoder.topic_.is_literal()) {
    encoder.topic_.append(encoder.topic_name_, {});
    std::string fault = fault_of_topic(encoder.topic_name_);
    if (!std::ranges::all_of(encoder.topic_name_, is_topic_byte))
      fault = "topics are named with letters, digits, '.', '_' and '-'";
    if (!fault.empty()) return base::fail(base::Kind::usage, "send to topic " + base::quote(topic), fault);
  }
  const bool plain = encoder.topic_.is_literal() && encoder.key_.is_literal();
  if (plain) encoder.key_.append(encoder.key_text_, {});
  if (!plain || !asks_for_nothing(options))
    encoder.processor_ = std::make_unique<rules::Processor>(TRY(make_processor(options)));
  return encoder;
}

void RecordEncoder::append(Outbox& outbox, const stream::Batch& batch, const base::Report& report) {
  if (processor_) processor_->set_clock();
  batch.for_each([&](std::size_t index, std::string_view message) {
    const std::string_view id = index < batch.id_ends().size() ? batch.id(index) : std::string_view();
    codec::Event event;
    if (!processor_) return put(outbox, id, message, message, event);
    if (!take_event(*processor_, message, event, report)) return outbox.leave_out();
    text_.clear();
    processor_->append(text_, event);
    put(outbox, id, message, text_, event);
  });
}

void RecordEncoder::put(Outbox& outbox, std::string_view id, std::string_view message, std::string_view text,
                        const codec::Event& event) {
  const std::string_view name = name_of(id);
  std::string fault;
  if (!topic_.is_literal()) {
    topic_name_.clear();
    topic_.append(topic_name_, event);
    make_topic(topic_name_);
    fault = fault_of_topic(topic_name_);
  }
  if (!key_.is_literal()) {
    key_text_.clear();
    key_.append(key_text_, event);
  }
  Load& load = outbox.collect(fault.empty() ? topic_name_ : std::string_view());
  append_short(load.parts.bytes, key_text_);
  append_short(load.parts.bytes, name);
  load.parts.bytes += text;
  if (fault.empty())
    outbox.add(load, 0, message);
  else
    outbox.refuse(load, message, fault);
}

// The pieces of a split message have no ids of their own: they are named by the id before them and their number.
std::string_view RecordEncoder::name_of(std::string_view id) {
  if (!names_messages_) return {};
  if (!id.empty()) {
    last_id_ = id;
    pieces_ = 0;
    return id;
  }
  name_ = last_id_ + "+" + std::to_string(++pieces_);
  return name_;
}

}  // namespace logsend::kafka
