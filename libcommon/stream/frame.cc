#include "stream/frame.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/quote.h"
#include "stream/octet_count.h"

namespace stream {

std::string split_text(std::size_t max_message, std::uint64_t count) {
  return "messages over " + std::to_string(max_message) + " bytes were cut into several: " + std::to_string(count) +
         "; see --max-message";
}

namespace {

constexpr std::size_t kNotYet = std::string_view::npos;
constexpr std::size_t kShown = 24;  // bytes of damaged input that a diagnostic quotes

const char* find(std::string_view bytes, char wanted) {
  return bytes.empty() ? nullptr : static_cast<const char*>(std::memchr(bytes.data(), wanted, bytes.size()));
}

// How long the id in front of the TAB is; 0: there is none; kNotYet: it goes on after these bytes.
std::size_t id_length(std::string_view content) {
  const std::size_t size = std::min(content.size(), kMaxIdLength + 1);
  for (std::size_t i = 0; i < size; ++i)
    if (static_cast<unsigned char>(content[i]) <= ' ') return content[i] == '\t' ? i : 0;
  return size <= kMaxIdLength ? kNotYet : 0;
}

tl::unexpected<base::Error> bad_id(std::string_view content) {
  return base::fail(base::Kind::data, "read frame",
                    "it should start with an id and a TAB, and starts with " + base::quote(content, kShown) +
                        "; an id is 1 to 64 bytes without white space");
}

tl::unexpected<base::Error> bad_count(std::string_view bytes) {
  return base::fail(base::Kind::data, "read octet frame",
                    "a length below 2 GiB and a space should stand where " + base::quote(bytes, kShown) +
                        " is; is the framing right?");
}

// Adds the message with every `unsafe` byte replaced.
void append_escaped(std::string& out, std::string_view message, char unsafe, std::string_view replacement) {
  while (const char* at = find(message, unsafe)) {
    const auto before = static_cast<std::size_t>(at - message.data());
    out.append(message.substr(0, before)).append(replacement);
    message.remove_prefix(before + 1);
  }
  out.append(message);
}

// Into room that is made once: an append for each part costs more than the parts.
void append_octet(std::string& out, bool ids, std::string_view id, std::string_view message) {
  const std::size_t size = message.size() + (ids ? id.size() + 1 : 0);
  char head[24];
  char* end = std::to_chars(head, head + sizeof head, size).ptr;
  *end++ = ' ';
  const std::size_t before = out.size();
  out.resize(before + static_cast<std::size_t>(end - head) + size);
  char* to = std::copy(head, end, out.data() + before);
  if (ids) {
    to = std::copy(id.begin(), id.end(), to);
    *to++ = '\t';
  }
  std::copy(message.begin(), message.end(), to);
}

}  // namespace

std::string_view framing_name(Framing framing) {
  switch (framing) {
    case Framing::line:
      return "line";
    case Framing::nul:
      return "nul";
    case Framing::octet:
      return "octet";
  }
  return "";
}

base::Result<void> FrameReader::feed(std::string_view bytes, Batch& out) {
  if (failed_) return tl::unexpected(*failed_);
  auto taken = take(bytes, out);
  if (!taken) failed_ = taken.error();
  return taken;
}

base::Result<void> FrameReader::finish(Batch& out) {
  if (failed_) return tl::unexpected(*failed_);
  auto ended = end_of_input(out);
  if (!ended) failed_ = ended.error();
  return ended;
}

base::Result<void> FrameReader::end_of_input(Batch& out) {
  if (missing_ > 0)
    return base::fail(base::Kind::data, "read octet frame",
                      "the input ends inside it: its length says " + std::to_string(promised_) + " bytes, " +
                          std::to_string(promised_ - missing_) + " came");
  if (partial_.empty()) return {};
  if (format_.framing == Framing::octet)
    return base::fail(base::Kind::data, "read octet frame",
                      "the input ends inside its length, " + base::quote(partial_));
  return give_held(out);
}

base::Result<void> FrameReader::take(std::string_view bytes, Batch& out) {
  if (format_.framing == Framing::octet) return take_octets(bytes, out);
  const char separator = format_.framing == Framing::line ? '\n' : '\0';
  if (!partial_.empty()) {
    const char* at = find(bytes, separator);
    if (at == nullptr) return hold(bytes, out);
    const auto rest = static_cast<std::size_t>(at - bytes.data());
    TRY(hold(bytes.substr(0, rest), out));
    TRY(give_held(out));
    bytes.remove_prefix(rest + 1);
  }
  if (format_.framing == Framing::line && !format_.ids) return take_lines(bytes, out);
  return take_separated(bytes, separator, out);
}

// Lines are in a batch's own form already: only their lengths must be found.
base::Result<void> FrameReader::take_lines(std::string_view bytes, Batch& out) {
  lengths_.clear();
  std::size_t run = 0;  // where the lines begin that were measured and not yet copied
  std::size_t at = 0;
  while (const char* lf = find(bytes.substr(at), '\n')) {
    const auto end = static_cast<std::size_t>(lf - bytes.data());
    if (end - at <= max_message_) [[likely]] {
      lengths_.push_back(static_cast<std::uint32_t>(end - at));
    } else {
      out.append_block(bytes.substr(run, at - run), lengths_, false);
      lengths_.clear();
      TRY(take_whole(bytes.substr(at, end - at), out));
      run = end + 1;
    }
    at = end + 1;
  }
  out.append_block(bytes.substr(run, at - run), lengths_, false);
  return hold(bytes.substr(at), out);
}

base::Result<void> FrameReader::take_separated(std::string_view bytes, char separator, Batch& out) {
  while (const char* at = find(bytes, separator)) {
    const auto size = static_cast<std::size_t>(at - bytes.data());
    TRY(take_whole(bytes.substr(0, size), out));
    bytes.remove_prefix(size + 1);
  }
  return hold(bytes, out);
}

// Takes frames that came in one piece, up to the first with something special about it, without a Result for each.
void FrameReader::take_whole_octets(std::string_view& bytes, Batch& out) {
  while (partial_.empty()) {
    const OctetCount count = parse_octet_count(bytes);
    if (count.form != OctetCount::Form::whole || bytes.size() - count.length < count.value) return;
    const std::string_view content = bytes.substr(count.length, count.value);
    const std::size_t id = format_.ids ? id_length(content) : 0;
    if (format_.ids && (id == 0 || id == kNotYet)) return;
    const std::string_view message = format_.ids ? content.substr(id + 1) : content;
    if (message.size() > max_message_) return;
    if (format_.ids)
      out.append(content.substr(0, id), message);
    else
      out.append(message);
    bytes.remove_prefix(count.length + count.value);
  }
}

base::Result<void> FrameReader::take_octets(std::string_view bytes, Batch& out) {
  while (!bytes.empty()) {
    if (missing_ == 0) {
      take_whole_octets(bytes, out);
      if (bytes.empty()) return {};
      if (!TRY(take_count(bytes))) return {};
      if (bytes.size() >= promised_) {
        TRY(take_whole(bytes.substr(0, promised_), out));
        bytes.remove_prefix(promised_);
        continue;
      }
      missing_ = promised_;
    }
    const std::size_t size = std::min(missing_, bytes.size());
    TRY(hold(bytes.substr(0, size), out));
    bytes.remove_prefix(size);
    missing_ -= size;
    if (size > 0 && missing_ == 0) TRY(give_held(out));
  }
  return {};
}

// False when the count goes on after these bytes.
base::Result<bool> FrameReader::take_count(std::string_view& bytes) {
  const std::size_t held = partial_.size();
  if (held > 0) partial_.append(bytes.substr(0, kMaxCountLength - held));
  const std::string_view text = held > 0 ? partial_ : bytes;
  const OctetCount count = parse_octet_count(text);
  if (count.form == OctetCount::Form::none) return bad_count(text);
  if (count.form == OctetCount::Form::cut) {
    if (held == 0) partial_ = bytes;
    bytes = {};
    return false;
  }
  bytes.remove_prefix(count.length - held);
  partial_.clear();
  promised_ = count.value;
  return true;
}

// The content of a frame that came in one piece.
base::Result<void> FrameReader::take_whole(std::string_view content, Batch& out) {
  if (!format_.ids && content.size() <= max_message_) {
    out.append(content);
    return {};
  }
  if (format_.ids) {
    const std::size_t length = id_length(content);
    if (length == 0 || length == kNotYet) return bad_id(content);
    const std::string_view message = content.substr(length + 1);
    if (message.size() <= max_message_) {
      out.append(content.substr(0, length), message);
      return {};
    }
  }
  TRY(hold(content, out));
  return give_held(out);
}

// Keeps content whose frame is not whole; of what is over max_message, pieces go out at once.
base::Result<void> FrameReader::hold(std::string_view content, Batch& out) {
  if (format_.ids && id_bytes_ == 0) TRY(hold_id(content));
  while (!content.empty()) {
    const std::size_t room = id_bytes_ + max_message_ - partial_.size();
    if (room == 0) TRY(give_piece(out));
    const std::string_view fits = content.substr(0, room);
    partial_.append(fits);
    content.remove_prefix(fits.size());
  }
  return {};
}

base::Result<void> FrameReader::hold_id(std::string_view& content) {
  const char* tab = find(content, '\t');
  const std::size_t rest = tab != nullptr ? static_cast<std::size_t>(tab - content.data()) + 1 : content.size();
  const std::size_t size = std::min(rest, kMaxIdLength + 1 - partial_.size());
  partial_.append(content.substr(0, size));
  const std::size_t length = id_length(partial_);
  if (length == 0) return bad_id(partial_);
  content.remove_prefix(size);
  if (length != kNotYet) id_bytes_ = length + 1;
  return {};
}

base::Result<void> FrameReader::give_piece(Batch& out) {
  if (oversize_ == Oversize::refuse)
    return base::fail(base::Kind::data, "read frame",
                      "its message is over the " + std::to_string(max_message_) + " bytes that it may have");
  const std::string_view piece = std::string_view(partial_).substr(id_bytes_);
  if (format_.ids) {
    out.append(std::string_view(), piece);
  } else {
    out.append(piece);
  }
  partial_.resize(id_bytes_);
  if (!cutting_) ++split_;
  cutting_ = true;
  return {};
}

base::Result<void> FrameReader::give_held(Batch& out) {
  const std::string_view held = partial_;
  if (!format_.ids) {
    out.append(held);
  } else if (id_bytes_ > 0) {
    out.append(held.substr(0, id_bytes_ - 1), held.substr(id_bytes_));
  } else {
    return bad_id(held);
  }
  partial_.clear();
  id_bytes_ = 0;
  cutting_ = false;
  return {};
}

void append_frames(std::string& out, FrameFormat format, const Batch& batch) {
  if (format.framing == Framing::line && !format.ids && !batch.has_inner_lf()) {
    out.append(batch.block());
    return;
  }
  constexpr std::size_t kHeadBytes = 24;  // a guess: most counts and ids are shorter
  out.reserve(out.size() + batch.bytes() + batch.count() * kHeadBytes);
  batch.for_each(
      [&](std::size_t index, std::string_view message) { append_frame(out, format, batch.id(index), message); });
}

void append_frame(std::string& out, FrameFormat format, std::string_view id, std::string_view message) {
  if (format.framing == Framing::octet) return append_octet(out, format.ids, id, message);
  if (format.ids) {
    out.append(id);
    out.push_back('\t');
  }
  if (format.framing == Framing::line) {
    append_escaped(out, message, '\n', "#012");
    out.push_back('\n');
  } else {
    append_escaped(out, message, '\0', "#000");
    out.push_back('\0');
  }
}

}  // namespace stream
