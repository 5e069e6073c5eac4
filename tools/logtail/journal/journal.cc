#include "tools/logtail/journal/journal.h"

#include <dlfcn.h>
#include <systemd/sd-journal.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace logtail {
namespace {

using base::Result;

constexpr std::size_t kLongestName = 64;  // of a field

// The functions of libsystemd that are used.
#define LOGTAIL_FUNCTIONS(use)   \
  use(open);                     \
  use(open_namespace);           \
  use(open_directory);           \
  use(close);                    \
  use(add_match);                \
  use(set_data_threshold);       \
  use(seek_head);                \
  use(seek_tail);                \
  use(seek_realtime_usec);       \
  use(seek_cursor);              \
  use(next);                     \
  use(previous);                 \
  use(next_skip);                \
  use(previous_skip);            \
  use(get_cursor);               \
  use(test_cursor);              \
  use(get_realtime_usec);        \
  use(restart_data);             \
  use(enumerate_available_data); \
  use(get_fd);                   \
  use(process);                  \
  use(reliable_fd);

struct Library {
#define LOGTAIL_FUNCTION(name) decltype(&::sd_journal_##name) name = nullptr
  LOGTAIL_FUNCTIONS(LOGTAIL_FUNCTION)
#undef LOGTAIL_FUNCTION
};

template <class Function>
bool find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  return function != nullptr;
}

Result<Library> load() {
  void* library = ::dlopen("libsystemd.so.0", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr)
    return base::fail(base::Kind::unavailable, "read the journal", "libsystemd.so.0 is not there");
  Library functions;
  bool all = true;
#define LOGTAIL_FIND(name) all = find(library, "sd_journal_" #name, functions.name) && all
  LOGTAIL_FUNCTIONS(LOGTAIL_FIND)
#undef LOGTAIL_FIND
  if (!all) return base::fail(base::Kind::unavailable, "read the journal", "libsystemd is older than version 246");
  return functions;
}

Result<int> checked(int returned, const char* what) {
  if (returned < 0) return base::fail_errno(-returned, std::string(what) + " the journal");
  return returned;
}

}  // namespace

struct Journal::Handle {
  Library library;
  sd_journal* journal = nullptr;

  explicit Handle(const Library& functions) : library(functions) {}
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() {
    if (journal != nullptr) library.close(journal);
  }
};

Journal::Journal(std::unique_ptr<Handle> handle, std::size_t longest) : handle_(std::move(handle)), longest_(longest) {}
Journal::~Journal() = default;

Result<std::unique_ptr<Journal>> Journal::open(const JournalPlace& place, std::size_t longest) {
  auto handle = std::make_unique<Handle>(TRY(load()));
  const Library& library = handle->library;
  sd_journal** opened = &handle->journal;
  const int returned = !place.directory.empty() ? library.open_directory(opened, place.directory.c_str(), 0)
                       : !place.name_space.empty()
                           ? library.open_namespace(opened, place.name_space.c_str(), SD_JOURNAL_LOCAL_ONLY)
                           : library.open(opened, SD_JOURNAL_LOCAL_ONLY);
  if (returned < 0) return base::fail_errno(-returned, "open journal " + place.directory + place.name_space);
  std::unique_ptr<Journal> journal(new Journal(std::move(handle), longest));
  TRY(journal->prepare(place));
  return journal;
}

Result<void> Journal::prepare(const JournalPlace& place) {
  const Library& library = handle_->library;
  for (const std::string& match : place.matches)
    if (library.add_match(handle_->journal, match.data(), match.size()) < 0)
      return base::fail(base::Kind::usage, "read the journal",
                        "'" + match + "' is not FIELD=VALUE, with capital letters, digits and _ in the field's name");
  TRY(checked(library.set_data_threshold(handle_->journal, kLongestName + 1 + longest_ + 1), "read"));
  fd_ = TRY(checked(library.get_fd(handle_->journal), "watch"));
  return {};
}

Result<void> Journal::seek_head() {
  TRY(checked(handle_->library.seek_head(handle_->journal), "read"));
  return {};
}

Result<void> Journal::seek_last(std::uint64_t count) {
  TRY(checked(handle_->library.seek_tail(handle_->journal), "read"));
  // One further back, since next() comes first; where there is none, from the head on.
  const int back = TRY(checked(handle_->library.previous_skip(handle_->journal, count + 1), "read"));
  if (static_cast<std::uint64_t>(back) <= count) TRY(seek_head());
  return {};
}

Result<void> Journal::seek_time(std::uint64_t microseconds) {
  TRY(checked(handle_->library.seek_realtime_usec(handle_->journal, microseconds), "read"));
  return {};
}

Result<void> Journal::seek_cursor(const std::string& cursor) {
  TRY(checked(handle_->library.seek_cursor(handle_->journal, cursor.c_str()), "read"));
  return {};
}

Result<bool> Journal::next() {
  return TRY(checked(handle_->library.next(handle_->journal), "read")) > 0;
}

Result<bool> Journal::previous() {
  return TRY(checked(handle_->library.previous(handle_->journal), "read")) > 0;
}

Result<std::uint64_t> Journal::skip(std::uint64_t count) {
  return static_cast<std::uint64_t>(TRY(checked(handle_->library.next_skip(handle_->journal, count), "read")));
}

Result<std::string> Journal::cursor() const {
  char* text = nullptr;
  TRY(checked(handle_->library.get_cursor(handle_->journal, &text), "read"));
  std::string cursor(text);
  std::free(text);
  return cursor;
}

bool Journal::is_at(const std::string& cursor) const {
  return handle_->library.test_cursor(handle_->journal, cursor.c_str()) > 0;
}

Result<std::uint64_t> Journal::time() const {
  std::uint64_t microseconds = 0;
  TRY(checked(handle_->library.get_realtime_usec(handle_->journal, &microseconds), "read"));
  return microseconds;
}

void Journal::begin_fields() {
  handle_->library.restart_data(handle_->journal);
}

Result<std::optional<std::string_view>> Journal::next_field() {
  const void* data = nullptr;
  std::size_t size = 0;
  const int more = TRY(checked(handle_->library.enumerate_available_data(handle_->journal, &data, &size), "read"));
  if (more == 0) return std::optional<std::string_view>();
  const std::string_view field(static_cast<const char*>(data), size);
  const std::size_t most = std::min(field.find('='), kLongestName) + 1 + longest_;
  has_cut_ = has_cut_ || field.size() > most;
  return std::optional(field.substr(0, most));
}

Result<bool> Journal::take_changes() {
  return TRY(checked(handle_->library.process(handle_->journal), "watch")) == SD_JOURNAL_INVALIDATE;
}

bool Journal::must_be_looked_at() const {
  return handle_->library.reliable_fd(handle_->journal) <= 0;
}

}  // namespace logtail
