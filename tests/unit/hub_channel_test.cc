#include "hub/channel.h"

#include <doctest/doctest.h>

#include "hub/store.h"

namespace {

std::string why(std::string_view json) {
  const auto channel = hub::decode("app", json);
  return channel ? "" : channel.error().why;
}

}  // namespace

TEST_CASE("hub channel: what is written is read back") {
  hub::Channel channel;
  channel.id = "app";
  channel.name = "My \"app\"";
  channel.tokens = {{"web", "t.1"}, {"heroku", "t.2"}};
  channel.drains = {{.id = 7, .token = "d.1", .url = "https://logs.example/?a=b"},
                    {.id = 9, .token = "d.2", .url = ""}};
  channel.no_tail = channel.no_store = true;
  channel.limits = {.max_size = base::Bytes{65536}, .full = "block", .keep_for = std::chrono::hours(1)};
  const auto read = hub::decode("app", hub::encode(channel));
  REQUIRE(read);
  CHECK(*read == channel);
}

TEST_CASE("hub channel: people write it") {
  const auto channel = hub::decode("app", R"({
    "tokens": {"web": "t.1"},
    "flags": ["no_tail"],
    "limits": {"max_size": "64MiB", "full": "drop-newest", "keep_for": "7d"}
  })");
  REQUIRE(channel);
  CHECK(channel->id == "app");
  CHECK(*channel->name_of("t.1") == "web");
  CHECK(channel->name_of("t.2") == nullptr);
  CHECK(channel->no_tail);
  CHECK_FALSE(channel->no_store);
  CHECK(channel->limits.max_size->count == 64 << 20);
}

TEST_CASE("hub channel: what is wrong is named") {
  CHECK(why("[]") == "it is no JSON object");
  CHECK(why("{\"tokens\": {}, \"tokens\": {}}") == "it is no JSON object");
  CHECK(why("{\"tokns\": {}}") == "there is no \"tokns\"");
  CHECK(why("{\"tokens\": {\"a b\": \"t.1\"}}") == "'a b' is no name for a token");
  CHECK(why("{\"tokens\": {\"web\": \"secret\"}}") == "the token web does not begin with \"t.\"");
  CHECK(why("{\"drains\": [{\"id\": 1, \"token\": \"x\"}]}") == "the token of a drain does not begin with \"d.\"");
  CHECK(why("{\"flags\": [\"no_tails\"]}") == "there is no flag \"no_tails\"");
  CHECK(why("{\"limits\": {\"full\": \"never\"}}") == "there is no limit \"full\": \"never\"");
}

TEST_CASE("hub channel: no id is a path, or hidden") {
  for (const char* id : {"a", "7", "App-1_x.y", "0.."}) CHECK(hub::is_channel_id(id));
  for (const char* id : {"", ".", "..", "../a", "a/b", ".new-1", "-a", "_a", "a b", "a\n", "\xc3\xa4", "a%2fb"})
    CHECK_FALSE(hub::is_channel_id(id));
  CHECK(hub::is_channel_id(std::string(128, 'a')));
  CHECK_FALSE(hub::is_channel_id(std::string(129, 'a')));
  CHECK_FALSE(hub::is_channel_id(std::string_view("a\0b", 3)));
}

TEST_CASE("hub channel: tokens are random, and numbers are exact in every reader of JSON") {
  const auto token = hub::new_token('t');
  REQUIRE(token);
  CHECK(token->size() == 38);
  CHECK(token->starts_with("t."));
  CHECK(*token != *hub::new_token('t'));
  CHECK(*hub::new_number() < std::uint64_t{1} << 53);
}

TEST_CASE("hub store: the order of ids is that of numbers") {
  CHECK(hub::id_before("9", "10"));
  CHECK_FALSE(hub::id_before("10", "10"));
  CHECK(hub::id_before("", "1"));
  CHECK(hub::id_before("5-9", "5-10"));
  CHECK(hub::id_before("5-9", "12-0"));
  CHECK_FALSE(hub::id_before("12-0", "5-9"));
}
