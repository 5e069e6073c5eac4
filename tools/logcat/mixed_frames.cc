#include "tools/logcat/mixed_frames.h"

#include <utility>

#include "base/ascii.h"
#include "stream/octet_count.h"

namespace logcat {
namespace {

using stream::OctetCount;

bool is_separator(char c) {
  return c == '\n' || c == '\r' || c == '\0' || c == ' ' || c == '\t';
}

}  // namespace

void MixedFrames::feed(std::string_view bytes, stream::Batch& out) {
  lf_.restart();
  nul_.restart();
  while (!bytes.empty()) {
    switch (state_) {
      case State::behind:
        skip_separators(bytes);
        break;
      case State::start:
        take_whole(bytes, out);
        break;
      case State::count:
        take_digits(bytes, out);
        break;
      case State::counted:
        take_rest_of_counted(bytes, out);
        break;
      case State::text:
        take_rest_of_text(bytes, out);
        break;
    }
  }
}

base::Result<void> MixedFrames::finish(stream::Batch& out) {
  if (state_ == State::counted)
    return base::fail(base::Kind::data, "read octet frame",
                      "the input ends inside it: its length says " + std::to_string(promised_) + " bytes, " +
                          std::to_string(promised_ - missing_) + " came; if these are lines, use --input-framing line");
  if (cr_) hold("\r", out);
  if (state_ == State::text || state_ == State::count) give_held(out);
  state_ = State::start;
  cr_ = false;
  return {};
}

// Frames that came in one piece, up to the first that did not.
void MixedFrames::take_whole(std::string_view& bytes, stream::Batch& out) {
  while (!bytes.empty() && state_ == State::start)
    if (!base::is_digit(bytes.front()) || !take_counted_frame(bytes, out)) take_texts(bytes, out);
}

// False: it is none.
bool MixedFrames::take_counted_frame(std::string_view& bytes, stream::Batch& out) {
  const OctetCount count = stream::parse_octet_count(bytes);
  if (count.form == OctetCount::Form::cut) {
    state_ = State::count;
    return true;
  }
  if (count.form == OctetCount::Form::none || count.value > max_message_) return false;
  bytes.remove_prefix(count.length);
  if (bytes.size() < count.value) {
    state_ = State::counted;
    promised_ = missing_ = count.value;
    return true;
  }
  out.append(bytes.substr(0, count.value));
  bytes.remove_prefix(count.value);
  skip_separators(bytes);
  return true;
}

// Texts, up to a frame that may be counted. Lines are in a batch's own form already: only their lengths must be found.
void MixedFrames::take_texts(std::string_view& bytes, stream::Batch& out) {
  lengths_.clear();
  std::size_t run = 0;  // where the lines begin that were measured and not yet copied
  std::size_t at = 0;
  const auto copy_lines = [&] {
    out.append_block(bytes.substr(run, at - run), lengths_, false);
    lengths_.clear();
  };
  const char* const end = bytes.data() + bytes.size();
  do {
    const char* stop = end_of_text(bytes.data() + at, end);
    if (stop == end) break;
    const auto size = static_cast<std::size_t>(stop - bytes.data()) - at;
    const bool crlf = size > 0 && stop[-1] == '\r' && *stop == '\n';
    if (!crlf && *stop == '\n' && size <= max_message_) [[likely]] {
      lengths_.push_back(static_cast<std::uint32_t>(size));
      at += size + 1;
    } else {
      copy_lines();
      append_text(bytes.substr(at, crlf ? size - 1 : size), out);
      run = at += size + 1;
    }
  } while (at < bytes.size() && !base::is_digit(bytes[at]));
  copy_lines();
  bytes.remove_prefix(at);
  if (!bytes.empty() && (at == 0 || !base::is_digit(bytes.front()))) state_ = State::text;
}

void MixedFrames::take_digits(std::string_view& bytes, stream::Batch& out) {
  const std::size_t before = held_.size();
  held_.append(bytes.substr(0, stream::kMaxCountLength - before));
  const OctetCount count = stream::parse_octet_count(held_);
  if (count.form == OctetCount::Form::cut) {
    bytes = {};
  } else if (count.form == OctetCount::Form::whole && count.value <= max_message_) {
    bytes.remove_prefix(count.length - before);
    held_.clear();
    promised_ = missing_ = count.value;
    state_ = State::counted;
    take_rest_of_counted(bytes, out);
  } else {
    held_.resize(before);
    state_ = State::text;
  }
}

void MixedFrames::take_rest_of_counted(std::string_view& bytes, stream::Batch& out) {
  const std::size_t size = std::min(missing_, bytes.size());
  held_.append(bytes.substr(0, size));
  bytes.remove_prefix(size);
  missing_ -= size;
  if (missing_ > 0) return;
  out.append(held_);
  held_.clear();
  skip_separators(bytes);
}

void MixedFrames::take_rest_of_text(std::string_view& bytes, stream::Batch& out) {
  if (std::exchange(cr_, false) && bytes.front() != '\n') hold("\r", out);
  const char* stop = end_of_text(bytes.data(), bytes.data() + bytes.size());
  std::string_view text = bytes.substr(0, static_cast<std::size_t>(stop - bytes.data()));
  const bool ended = text.size() < bytes.size();
  bytes.remove_prefix(text.size() + (ended ? 1 : 0));
  cr_ = text.ends_with('\r') && (!ended || *stop == '\n');
  if (cr_) text.remove_suffix(1);
  hold(text, out);
  if (!ended) return;
  cr_ = false;
  give_held(out);
  state_ = State::start;
}

void MixedFrames::skip_separators(std::string_view& bytes) {
  while (!bytes.empty() && is_separator(bytes.front())) bytes.remove_prefix(1);
  state_ = bytes.empty() ? State::behind : State::start;
}

void MixedFrames::append_text(std::string_view text, stream::Batch& out) {
  if (text.size() <= max_message_) return out.append(text);
  hold(text, out);
  give_held(out);
}

// Keeps text whose end has not come; of what is over max_message, pieces go out at once.
void MixedFrames::hold(std::string_view text, stream::Batch& out) {
  while (held_.size() + text.size() > max_message_) {
    const std::size_t room = max_message_ - std::min(max_message_, held_.size());
    held_.append(text.substr(0, room));
    text.remove_prefix(room);
    out.append(std::string_view(held_).substr(0, max_message_));
    held_.erase(0, max_message_);
    if (!std::exchange(cutting_, true)) ++split_;
  }
  held_.append(text);
}

void MixedFrames::give_held(stream::Batch& out) {
  hold({}, out);
  out.append(held_);
  held_.clear();
  cutting_ = false;
}

}  // namespace logcat
