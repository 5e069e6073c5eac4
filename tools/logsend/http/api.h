// What is posted to an HTTP server, and what its answer means: an Api for each kind of server. Passive: bytes in, bytes
// out. The sink (http_sink.h) has the connections, the time, the repetitions and the receipts.
//
//   message -> encode() -> part;  parts -> assemble() -> request;  parts and answer -> judge() -> verdict
//
// The sink collects parts until --batch-messages, --batch-bytes or --batch-time, and puts what goes to the same URL
// into one request. It keeps the parts until the verdict is known. So a request that is repeated has the same parts,
// the same key and the same bytes; where a verdict asks for it, the parts are divided, and requests are assembled of
// fewer.
//
// An Api is const once it is made, and is used by one thread. Its functions neither block nor throw.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "cli/command_line.h"
#include "codec/event.h"

namespace logsend::http {

// Bytes of an answer's body that a reason quotes.
constexpr std::size_t kShownOfBody = 200;

// ---- what goes out

// How messages are formatted where no --format is given.
enum class Text : std::uint8_t {
  raw,      // as they came
  json,     // an object, as --format json has it; a message that is one already stays as it is
  rfc5424,  // as --format rfc5424 has it
  message,  // Event::message alone, for records that have the other fields beside it
};

// What an Api needs of the sink.
struct Traits {
  Text text = Text::raw;
  // encode() reads fields of Message::event. Parsing costs time: false where the text is enough.
  bool reads_fields = false;
  // Of the body as assemble() makes it. The options --content-type and --header replace it.
  std::string_view content_type = "text/plain";
  // How a password without a user is given: "Authorization: Bearer PASSWORD".
  std::string_view token_scheme = "Bearer";
  // assemble() adds no more than this to the sum of the parts.
  std::size_t frame_bytes = 0;
  // --compress may be applied to the body; false: it is compressed already.
  bool compressible = true;
  // A 2xx says nothing without its body, as where each message has a status of its own. Then judge() is asked only with
  // the whole of it, and the sink takes an answer whose body is longer than `answer_bytes` for none.
  bool judges_body = false;
  std::size_t answer_bytes = 1 << 20;
  // How long a token of Verdict::Kind::later is asked for.
  base::Duration ask_for = std::chrono::minutes(2);
};

// A message on its way out. Views are valid during the call.
struct Message {
  // As it is to be sent: formatted as Traits::text or --format has it. It may hold any bytes, also LF and what is no
  // UTF-8, and may be empty.
  std::string_view text;
  // What the text was made of. Fields are set where Traits::reads_fields is; then the message is parsed, and what it
  // does not say (time, host, application) is filled in. Otherwise only `message` and `raw` are.
  const codec::Event& event;
  // The same for the same message after any crash and repetition, and for no other: "ORIGIN:ID", printable ASCII
  // without white space. Empty: the source has no origin, so that there is no such name.
  std::string_view key;
};

// The messages of a request, encoded, in their order.
class Parts {
 public:
  // `ends`: where each part ends in `bytes`. Views must outlive this.
  Parts(std::string_view bytes, std::span<const std::size_t> ends, std::string_view key)
      : bytes_(bytes), ends_(ends), key_(key) {}

  [[nodiscard]] std::size_t count() const { return ends_.size(); }
  [[nodiscard]] std::string_view operator[](std::size_t index) const {
    const std::size_t begin = index == 0 ? 0 : ends_[index - 1];
    return bytes_.substr(begin, ends_[index] - begin);
  }
  // All of them, one after the other.
  [[nodiscard]] std::string_view bytes() const { return bytes_; }
  // 32 hexadecimal digits that name exactly these messages: the same whenever they are sent again together, after a
  // crash too where the source has an origin; never the same for others. The sink sends it as Idempotency-Key.
  [[nodiscard]] std::string_view key() const { return key_; }

 private:
  std::string_view bytes_;
  std::span<const std::size_t> ends_;
  std::string_view key_;
};

struct Request {
  std::string_view body;                  // of the parts, or of the space given to assemble()
  std::vector<std::string> headers = {};  // "Name: value", beside Content-Type and Authorization
  std::string path = {};                  // with its query; empty: that of the URL
  std::string query = {};                 // "a=b&c=d", added to that of the URL
  std::string content_type = {};          // empty: Traits::content_type, or the option's
};

// ---- what comes back

struct Header {
  std::string name;  // lower case
  std::string value;
};

// A final answer; its head came whole. Views are valid during the call.
struct Answer {
  int status = 0;
  std::string_view reason = {};  // of the status line; may be empty
  std::span<const Header> headers = {};
  std::string_view body = {};  // decoded, at most Traits::answer_bytes
  bool whole = true;           // of the body nothing is missing

  // Of the first header with this name, in lower case; empty: there is none.
  [[nodiscard]] std::string_view header(std::string_view name) const;
};

// Of one message.
enum class Fate : std::uint8_t {
  again,    // it is to be sent again, after a pause
  refused,  // it never will be taken: --on-reject says what becomes of it
};

// A message that was not taken, in an answer that says it of each.
struct Item {
  std::size_t index = 0;  // of the part
  Fate fate = Fate::again;
  std::string reason;  // for people and for --on-reject: "400 mapper_parsing_exception: ..."
};

struct Verdict {
  enum class Kind : std::uint8_t {
    taken,      // every message is safe
    each,       // those in `items` are not taken, and every other one is safe
    later,      // every message will be when the server confirms `token`
    again,      // nothing is safe: the same request again, after a pause (at least Retry-After, which the sink reads)
    closed,     // the same, but nothing will change before somebody mends it: the sink warns, and tries slowly
    too_large,  // nothing is safe: again in two halves; a single message counts as refused
    refused,    // nothing is safe, and a message is at fault: in halves, until it is found
  };
  Kind kind = Kind::again;
  std::string reason = {};       // for people, where not all is taken: "503 Service Unavailable"
  std::vector<Item> items = {};  // with `each`, by rising index
  std::string token = {};        // with `later`
};

// What the status alone says: 2xx taken; 408, 429, 5xx again; 413 too_large; 400, 422 refused; anything else closed.
// The reason has the status and the beginning of the body.
Verdict judge_status(const Answer& answer);

// ---- an API

class Api {
 public:
  Api() = default;
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;
  virtual ~Api() = default;

  [[nodiscard]] virtual const Traits& traits() const = 0;

  // Appends what stands for the message in a body. An error says why it can stand in none (its why() is shown): the
  // message counts as refused, and what was appended is taken back.
  virtual base::Result<void> encode(std::string& out, const Message& message) const = 0;

  // It goes into other requests than those of which this is false.
  [[nodiscard]] virtual bool is_apart(const Message& /*message*/) const { return false; }

  // A request of at least one part. The body is all of the parts' own bytes, or stands in `space`, which is empty.
  // Its size is at most that of the parts and Traits::frame_bytes together.
  [[nodiscard]] virtual Request assemble(const Parts& parts, std::string& space) const = 0;

  // What became of the parts of a request. Called for every status from 200 on; with 2xx only when the whole request
  // had been sent before the answer came.
  [[nodiscard]] virtual Verdict judge(const Parts& parts, const Answer& answer) const {
    (void)parts;
    return judge_status(answer);
  }

  // ---- for those that give Verdict::Kind::later

  // A request that asks which of the tokens, at least one, are confirmed. It goes to the server that gave them, every
  // kAskEvery while there are any; its headers, path and content type are as those of assemble().
  [[nodiscard]] virtual Request ask(std::span<const std::string> tokens, std::string& space) const;
  // Indices of the tokens that the answer confirms; any order. An answer that says nothing is one without any, and
  // tokens that are not confirmed within Traits::ask_for are given up: their messages are sent again.
  [[nodiscard]] virtual std::vector<std::size_t> confirmed(std::span<const std::string> tokens,
                                                           const Answer& answer) const;
};

inline constexpr base::Duration kAskEvery = std::chrono::milliseconds(500);

// ---- the table

// What an Api is made with, beside its own options.
struct Setting {
  std::string origin = {};  // of the stream, see stream/handshake.h; empty: none
  std::string path = {};    // of the first URL, without its query
};

using MakeApi = std::function<base::Result<std::unique_ptr<Api>>(const Setting& setting)>;

struct Kind {
  std::string_view name;          // of --api
  std::string_view default_path;  // where the URL has none, or "/"; empty: that stays as it is
  // URLs with such a path speak this API where no --api is given. Null: none do.
  bool (*is_path)(std::string_view path);
  std::string_view content_type;  // nor by its path: --content-type says it by this; empty: none
  // Declares the options that only it has; their long names belong into kOptions too (endpoint.cc). What is returned
  // uses their values.
  MakeApi (*declare)(cli::CommandLine& line);
};

extern const Kind kLogplex;  // logplex.cc
extern const Kind kNdjson;   // plain.cc
extern const Kind kJson;
extern const Kind kLines;
extern const Kind kBulk;  // records.cc
extern const Kind kLoki;
extern const Kind kHec;
extern const Kind kOtlp;

// All of them.
std::span<const Kind* const> kinds();

// By the name, else by the path, else by the content type (parameters are passed over), else lines: its place in
// kinds(). Nothing: none has that name. `name` may be empty.
std::optional<std::size_t> find_kind(std::string_view name, std::string_view path, std::string_view content_type);

}  // namespace logsend::http
