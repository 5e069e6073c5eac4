#include "tools/logsend/http/encoder.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <optional>
#include <utility>

#include "stream/origin.h"

namespace logsend::http {
namespace {

constexpr char kDigits[] = "0123456789ABCDEF";
constexpr char kApart[] = "apart";  // behind the URLs of a target

void append_hex(std::string& out, std::uint64_t number) {
  for (int shift = 60; shift >= 0; shift -= 4) out += kDigits[(number >> shift) & 15];
}

// As part of a header or of an id: other bytes than printable ASCII are written as in a URL, and so is the percent
// sign.
std::string printable(std::string_view bytes) {
  std::string out;
  for (const char byte : bytes) {
    const auto code = static_cast<unsigned char>(byte);
    if (code > ' ' && code < 0x7f && byte != '%')
      out += byte;
    else
      ((out += '%') += kDigits[code >> 4]) += kDigits[code & 15];
  }
  return out;
}

bool looks_like_object(std::string_view text) {
  return text.starts_with('{') && text.ends_with('}');
}

base::Result<std::optional<codec::Format>> format_of(Text text) {
  switch (text) {
    case Text::json:
      return TRY(codec::Format::compile("json"));
    case Text::rfc5424:
      return TRY(codec::Format::compile("rfc5424"));
    case Text::message:
      return TRY(codec::Format::compile("%{message}"));
    case Text::raw:
      break;
  }
  return std::optional<codec::Format>();
}

}  // namespace

base::Result<Encoder> Encoder::create(EventOptions options, const Traits& traits, bool target_has_fields,
                                      const std::string& origin, std::uint64_t nonce) {
  Encoder encoder;
  const bool as_it_comes = asks_for_nothing(options);
  encoder.by_field_ = target_has_fields;
  encoder.keeps_objects_ = as_it_comes && traits.text == Text::json && !traits.reads_fields && !target_has_fields;
  if (!options.processor.format) options.processor.format = TRY(format_of(traits.text));
  if (!as_it_comes || traits.text != Text::raw || traits.reads_fields || target_has_fields) {
    auto completion =
        options.processor.format || traits.reads_fields ? TRY(rules::Completion::create(options.defaults)) : nullptr;
    encoder.processor_ =
        std::make_unique<rules::Processor>(std::move(options.processor), std::string(), std::move(completion));
  }
  if (!origin.empty()) encoder.origin_ = printable(stream::lasting_origin(origin)) + ":";
  encoder.stream_ = origin.empty() ? nonce : XXH3_64bits(origin.data(), origin.size());
  return encoder;
}

// Of a message with an id that means the same after a restart.
void Encoder::name(std::string_view id) {
  name_.clear();
  if (!origin_.empty() && !id.empty()) (name_ += origin_) += id;
}

// Also of the text: under an id of a buffer that was restored from a backup there may be another message. The pieces of
// a split message have no ids of their own, and may be equal.
std::uint64_t Encoder::fingerprint(std::string_view id, std::string_view message) {
  if (id.empty() || origin_.empty())
    ++place_;
  else
    place_ = XXH3_64bits(id.data(), id.size());
  return XXH3_64bits_withSeed(message.data(), message.size(), place_);
}

void Encoder::append(Outbox& outbox, const stream::Batch& batch, const Api& api, const Targets& targets,
                     const base::Report& report) {
  if (processor_) processor_->set_clock();
  if (target_.empty()) targets.append_target(target_, {});
  const Way way{outbox, api, targets, report};
  codec::Event plain;
  batch.for_each([&](std::size_t index, std::string_view message) {
    const std::string_view id = index < batch.id_ends().size() ? batch.id(index) : std::string_view();
    if (processor_ && !(keeps_objects_ && looks_like_object(message))) return append_processed(way, id, message);
    plain.message = plain.raw = message;
    put(way, id, message, message, plain);
  });
}

void Encoder::append_processed(const Way& way, std::string_view id, std::string_view message) {
  codec::Event event;
  if (!take_event(*processor_, message, event, way.report)) return way.outbox.leave_out();
  text_.clear();
  processor_->append(text_, event);
  put(way, id, message, text_, event);
}

void Encoder::put(const Way& way, std::string_view id, std::string_view message, std::string_view text,
                  const codec::Event& event) {
  if (by_field_) {
    target_.clear();
    way.targets.append_target(target_, event);
  }
  name(id);
  const Message out{.text = text, .event = event, .key = name_};
  Load& load = way.outbox.collect(way.api.is_apart(out) ? target_ + kApart : target_);
  const auto encoded = way.api.encode(load.parts.bytes, out);
  if (encoded)
    way.outbox.add(load, fingerprint(id, message), message);
  else
    way.outbox.refuse(load, message, encoded.error().why);
}

std::string Encoder::key_of(const Load& load) const {
  const XXH128_hash_t hash =
      XXH3_128bits_withSeed(load.fingerprints.data(), load.fingerprints.size() * sizeof(std::uint64_t), stream_);
  std::string key;
  append_hex(key, hash.high64);
  append_hex(key, hash.low64);
  return key;
}

}  // namespace logsend::http
