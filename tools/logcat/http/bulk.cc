// Elasticsearch's bulk API: lines of actions, each but "delete" with a line of its document after it.
//
// A document becomes a message as it came, on one line, with the members _index and _id where the action or the path
// says them and the document does not. Each action has its own status in the answer; an action line that cannot be
// understood says nothing about where the next one is, and so the whole request is refused, as Elasticsearch does.
#include <algorithm>
#include <optional>
#include <string>

#include "codec/json_string.h"
#include "codec/json_visit.h"
#include "codec/json_walk.h"
#include "tools/logcat/http/api.h"
#include "tools/logcat/http/elastic.h"

namespace logcat {
namespace {

constexpr std::size_t kLongestIndex = 255;  // bytes, as in Elasticsearch
constexpr std::size_t kLongestId = 512;

struct Action {
  std::string verb;
  std::string index;  // in JSON; empty: not said
  std::string id;
};

bool keep_name(std::string& kept, std::string_view value) {
  if (value == "null") return true;
  const char first = value.front();
  if (first != '"' && first != '-' && (first < '0' || first > '9')) return false;
  kept = value;
  return true;
}

// {"index":{"_index":"logs","_id":"1"}}
std::optional<Action> parse_action(std::string_view line) {
  if (!codec::is_json(line)) return std::nullopt;
  std::optional<Action> action;
  const auto take = [&action](std::string_view verb, std::string_view value) {
    if (action || (verb != "index" && verb != "create" && verb != "update" && verb != "delete")) return false;
    action.emplace().verb = verb;
    return codec::each_member(value, [&action](std::string_view name, std::string_view said) {
      if (name == "_index") return keep_name(action->index, said);
      if (name == "_id") return keep_name(action->id, said);
      return true;
    });
  };
  if (!codec::each_member(codec::json_trimmed(line), take)) return std::nullopt;
  return action;
}

// "logs" of "/logs/_bulk", in JSON.
std::string index_of_path(std::string_view path) {
  path.remove_prefix(1);
  const std::string_view first = path.substr(0, path.find('/'));
  std::string json;
  if (const auto index = http::unescape(first, false); index && first != "_bulk")
    codec::append_json_string(json, *index);
  return json;
}

void append_member(std::string& object, std::string_view name, std::string_view json) {
  object.pop_back();
  if (object.back() != '{') object += ',';
  object.append("\"").append(name).append("\":").append(json).append("}");
}

// The document with what the action says of it. Nothing: it is no object.
std::optional<std::string> message_of(std::string_view document, const Action& action) {
  document = codec::json_trimmed(document);
  if (!document.starts_with('{') || !codec::is_json(document)) return std::nullopt;
  bool has_index = false;
  bool has_id = false;
  codec::each_member(document, [&](std::string_view name, std::string_view) {
    has_index |= name == "_index";
    has_id |= name == "_id";
    return true;
  });
  std::string message;
  codec::append_compact_json(message, document);
  if (!has_index && !action.index.empty()) append_member(message, "_index", action.index);
  if (!has_id && !action.id.empty()) append_member(message, "_id", action.id);
  return message;
}

struct Wrong {
  std::string_view type;
  std::string reason;
};

// The answer's list of what became of each action.
class Items {
 public:
  void add(const Action& action, const std::optional<Wrong>& wrong) {
    list_ += list_.empty() ? "{\"" : ",{\"";
    list_ += action.verb;
    list_ += "\":{\"_index\":";
    list_ += action.index.empty() ? "\"\"" : action.index;
    list_ += ",\"_id\":";
    list_ += action.id.empty() ? "null" : action.id;
    if (wrong)
      add_error(*wrong);
    else
      list_ +=
          ",\"_version\":1,\"result\":\"created\",\"_shards\":{\"total\":1,\"successful\":1,\"failed\":0},\"status\":"
          "201}}";
  }

  [[nodiscard]] std::size_t bytes() const { return list_.size(); }
  [[nodiscard]] std::string answer() const {
    return std::string("{\"took\":0,\"errors\":") + (errors_ ? "true" : "false") + ",\"items\":[" + list_ + "]}";
  }

 private:
  void add_error(const Wrong& wrong) {
    errors_ = true;
    list_.append(",\"status\":400,\"error\":{\"type\":\"").append(wrong.type).append("\",\"reason\":");
    codec::append_json_string(list_, wrong.reason);
    list_ += "}}}";
  }

  std::string list_;
  bool errors_ = false;
};

// Takes the document, unless there is something wrong with it.
std::optional<Wrong> take_document(stream::Batch& messages, const Action& action, std::string_view document,
                                   const IntakeLimits& limits) {
  if (action.verb != "index" && action.verb != "create")
    return Wrong{"illegal_argument_exception", "only index and create are taken here"};
  if (action.index.size() > kLongestIndex + 2 || action.id.size() > kLongestId + 2)
    return Wrong{"illegal_argument_exception", "the _index or the _id is too long"};
  const auto message = message_of(document, action);
  if (!message) return Wrong{"document_parsing_exception", "the document is no JSON object"};
  if (message->size() > limits.message) return Wrong{"illegal_argument_exception", too_long(message->size(), limits)};
  messages.append(*message);
  return std::nullopt;
}

auto refuse_bulk(unsigned status, const std::string& reason) {
  return tl::unexpected(elastic_error(status, "illegal_argument_exception", reason));
}

std::string_view take_line(std::string_view& rest) {
  const std::string_view line = rest.substr(0, rest.find('\n'));
  rest.remove_prefix(line.size() + 1);
  return line;
}

}  // namespace

bool is_bulk_path(std::string_view path) {
  return path == "/_bulk" || (path.ends_with("/_bulk") && std::ranges::count(path, '/') <= 3);
}

Taken take_bulk(const http::Request& request, const IntakeLimits& limits) {
  if (!request.body.ends_with('\n')) return refuse_bulk(400, "The bulk request must be terminated by a newline [\\n]");
  const std::string index = index_of_path(request.path());
  stream::Batch messages;
  Items items;
  std::size_t number = 0;
  for (std::string_view rest = request.body; !rest.empty();) {
    const std::string_view line = take_line(rest);
    ++number;
    if (codec::json_trimmed(line).empty()) continue;
    auto action = parse_action(line);
    if (!action) return refuse_bulk(400, "Malformed action/metadata line [" + std::to_string(number) + "]");
    if (action->index.empty()) action->index = index;
    std::string_view document;
    if (action->verb != "delete") {
      if (rest.empty()) return refuse_bulk(400, "the document of the last action is missing");
      document = take_line(rest);
      ++number;
    }
    items.add(*action, take_document(messages, *action, document, limits));
    if (messages.bytes() + items.bytes() > kMostGrowth * (limits.body + request.body.size()))
      return refuse_bulk(413, "the request has too many actions");
  }
  return Intake{std::move(messages), elastic_answer(200, items.answer())};
}

}  // namespace logcat
