#include "hub/search.h"

#include <utility>

#include "base/zone.h"
#include "codec/parse.h"
#include "hub/tail_line.h"

namespace hub {
namespace {

constexpr std::size_t kSearchSlice = 256 << 10;

struct Search {
  Store& store;
  SearchLimits limits;
  SearchRequest request;
  Done<SearchResult> done;
  std::shared_ptr<const int> turn;
  base::Instant begun = base::now();
  std::string first = {};  // the id at `since`
  std::size_t bytes = 0;
  SearchResult result = {};
};
using Searching = std::shared_ptr<Search>;

bool is_full(const Search& search) {
  return search.result.messages.size() >= search.request.most || search.bytes >= search.limits.bytes;
}

// From the newest on, as long as there is room. False: the rest is not wanted.
bool look_through(Search& search, const Excerpt& excerpt) {
  const codec::Context context{.clock = {.now = base::wall_now(), .zone = &base::local_zone()}};
  std::vector<std::string_view> messages;
  messages.reserve(excerpt.messages.count());
  excerpt.messages.for_each([&](std::size_t, std::string_view message) { messages.push_back(message); });
  for (std::size_t i = messages.size(); i-- > 0;) {
    if (is_full(search)) return false;
    const std::string_view id = excerpt.messages.id(i);
    if (id_before(id, search.first)) {
      search.result.end = true;
      return false;
    }
    ++search.result.searched;
    search.result.before = id;
    if (search.request.where &&
        !search.request.where->matches(codec::parse(messages[i], codec::Mode::automatic, context)))
      continue;
    search.result.messages.push_back({.id = std::string(id), .text = TailLine(id, messages[i]).text});
    search.bytes += search.result.messages.back().text.size();
  }
  search.result.before = excerpt.reached;
  search.result.end = excerpt.end;
  return !excerpt.end && !is_full(search) && base::now() - search.begun < search.limits.time;
}

void search_on(const Searching& search) {
  search->store.read_before(search->request.channel, search->result.before, kSearchSlice,
                            [search](const base::Result<Excerpt>& got) {
                              if (!got) return search->done(tl::unexpected(got.error()));
                              if (look_through(*search, *got)) return search_on(search);
                              search->done(std::move(search->result));
                            });
}

// Looks up a time, where there is one, before it goes on with its id.
void with_id_at(const Searching& search, const std::optional<base::WallTime>& time,
                std::function<void(const std::string& id)> go_on) {
  if (!time) return go_on("");
  search->store.id_at(search->request.channel, *time,
                      [search, go_on = std::move(go_on)](const base::Result<std::string>& id) {
                        id ? go_on(*id) : search->done(tl::unexpected(id.error()));
                      });
}

}  // namespace

void Searches::start(SearchRequest request, const Done<SearchResult>& done) {
  if (static_cast<std::size_t>(turns_.use_count()) > limits_.at_once)
    return done(base::fail(base::Kind::temporary, "search", "too many searches are under way"));
  const auto search = std::make_shared<Search>(
      Search{.store = store_, .limits = limits_, .request = std::move(request), .done = done, .turn = turns_});
  with_id_at(search, search->request.since, [search](const std::string& first) {
    search->first = first;
    with_id_at(search, search->request.until, [search](const std::string& end) {
      const std::string& before = search->request.before;
      search->result.before = before.empty() || (!end.empty() && id_before(end, before)) ? end : before;
      search_on(search);
    });
  });
}

}  // namespace hub
