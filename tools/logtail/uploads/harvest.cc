#include "tools/logtail/uploads/harvest.h"

#include <algorithm>
#include <utility>

#include "stream/frame.h"

namespace logtail {
namespace {

using base::Level;
using base::Result;
using stream::Next;

constexpr base::Duration kTryAgain = std::chrono::seconds(5);
constexpr std::size_t kLeastPruned = 1000;

// Of a file that was not read to its end.
Version without_end(Version version) {
  version.size = version.changed = 0;
  return version;
}

bool has_end(const UploadIdentity& identity) {
  return identity.version.changed != 0;
}

}  // namespace

Result<std::unique_ptr<Harvest>> Harvest::open(event::Loop& loop, HarvestOptions options, Memory& memory,
                                               base::Report report) {
  std::vector<Tree> trees;
  for (const std::string& argument : options.arguments) trees.emplace_back(argument, options.recursive);
  Disposal disposal = TRY(Disposal::open(options.after, trees));
  std::unique_ptr<Harvest> harvest(
      new Harvest(loop, std::move(options), std::move(disposal), memory, std::move(report)));
  Harvest* self = harvest.get();
  const auto is_new = [self](const std::string& path, const Version& version) { return self->is_new(path, version); };
  harvest->arrivals_ = TRY(Arrivals::open(loop, std::move(trees), self->options_.arrivals, is_new, self->report_));
  harvest->recall();
  return harvest;
}

Harvest::Harvest(event::Loop& loop, HarvestOptions options, Disposal disposal, Memory& memory, base::Report report)
    : options_(std::move(options)),
      disposal_(std::move(disposal)),
      memory_(memory),
      report_(std::move(report)),
      content_(Cutter(options_.max_message, options_.multiline), options_.emitter),
      again_(loop, [this] { again_due_ = true; }) {}

// ---- what is known

void Harvest::recall() {
  for (const auto& [log, place] : memory_.places()) {
    const auto identity = parse_upload_identity(place.identity);
    if (!identity) {
      finished_.push_back(log);  // of another kind of source
      continue;
    }
    const bool settled = disposal_.keeps() && has_end(*identity) && identity->upto == place.at;
    const Key key = key_of(identity->version);
    known_.insert_or_assign(key, Known{place, *identity, settled ? Stage::settled : Stage::begun});
    keys_[log] = key;
  }
}

Harvest::Known* Harvest::find(const Version& version) {
  const auto found = known_.find(key_of(version));
  return found == known_.end() ? nullptr : &found->second;
}

Harvest::Known* Harvest::find(std::uint64_t log) {
  const auto key = keys_.find(log);
  return key == keys_.end() ? nullptr : &known_.at(key->second);
}

Harvest::Known& Harvest::add(const std::string& path, const Version& version) {
  if (known_.size() >= prune_at_) prune();
  Known known;
  known.identity = {without_end(version), 0, content_.hash()};
  known.place = {memory_.new_log(), path, known.identity.text(), 0, true};
  keys_[known.place.log] = key_of(version);
  return known_.insert_or_assign(key_of(version), std::move(known)).first->second;
}

// settled() is called for it as often.
void Harvest::announce(Known& known) {
  ++known.announced;
  finished_.push_back(known.place.log);
}

// Nothing is to be remembered of it: settled() will say so.
void Harvest::let_go(std::uint64_t log) {
  forget(log);
  finished_.push_back(log);
}

void Harvest::forget(std::uint64_t log) {
  stuck_.erase(log);
  const auto key = keys_.find(log);
  if (key == keys_.end()) return;
  known_.erase(key->second);
  keys_.erase(key);
}

// Files that somebody else took away.
void Harvest::prune() {
  std::vector<std::uint64_t> gone;
  for (const auto& [key, known] : known_) {
    if (known.stage == Stage::finished || is_current(known)) continue;
    if (arrivals_->is_gone(known.place.name, known.identity.version)) gone.push_back(known.place.log);
  }
  for (const std::uint64_t log : gone) let_go(log);
  prune_at_ = std::max(kLeastPruned, 2 * known_.size());
}

bool Harvest::is_new(const std::string& path, const Version& version) {
  Known* known = find(version);
  if (known == nullptr) return true;
  if (is_current(*known)) return false;  // what is added is seen at its end
  known->place.name = path;
  const bool unchanged = known->identity.version == version;
  if (known->stage == Stage::begun || !unchanged) return true;
  std::erase(missing_, known->place.log);
  if (known->stage == Stage::settled && !disposal_.keeps()) announce(*known);  // to be tried again
  return false;
}

// ---- reading

Result<Next> Harvest::read(stream::Batch& batch, std::size_t limit, Piece& piece) {
  if (stopped_) return Next::end;
  while (!content_.is_open()) {
    TRY(look());
    const std::string path = arrivals_->take();
    if (path.empty()) {
      arrivals_->arm();
      return options_.arrivals.follow || !arrivals_->idle() ? Next::wait : Next::end;
    }
    auto begun = begin(path);
    if (!begun) {
      content_.close();
      if (begun.error().kind != base::Kind::no_input) arrivals_->failed(begun.error());
    }
  }
  return read_current(batch, limit, piece);
}

Result<void> Harvest::look() {
  TRY(arrivals_->look());
  // A file that had lost its name would have been found under another one by now.
  for (const std::uint64_t log : std::exchange(missing_, {})) let_go(log);
  if (std::exchange(again_due_, false))
    for (const std::uint64_t log : std::exchange(stuck_, {}))
      if (Known* known = find(log)) announce(*known);
  if (!std::exchange(looked_, true)) prune();
  return {};
}

Result<void> Harvest::open_content(const std::string& path) {
  const Tree* tree = arrivals_->tree_of(path);
  if (tree == nullptr) return base::fail(base::Kind::no_input, "read " + path, "it is not in a directory that is read");
  base::Fd fd = TRY(tree->open(path));
  return content_.open(std::move(fd), path);
}

Result<void> Harvest::begin(const std::string& path) {
  current_ = 0;
  TRY(open_content(path));
  const Version version = content_.version();
  if (!is_new(path, version)) {
    content_.close();
    return {};
  }
  Known* known = find(version);
  if (known != nullptr && !TRY(resume(path, *known))) {
    report_(Level::warning, "read " + path + ": what was read of it before is not there any more; read from the start");
    let_go(known->place.log);
    known = nullptr;
    TRY(open_content(path));
  }
  if (known == nullptr) known = &add(path, version);
  known->stage = Stage::begun;
  current_ = known->place.log;
  return {};
}

// False: it does not have the bytes that were read.
Result<bool> Harvest::resume(const std::string& path, Known& known) {
  UploadIdentity& identity = known.identity;
  auto skipped = content_.skip_to(identity.upto);
  if (!skipped && skipped.error().kind != base::Kind::data) return tl::unexpected(std::move(skipped.error()));
  if (!skipped || !*skipped || content_.hash() != identity.hash) return false;
  if (identity.upto > known.place.at) TRY(open_content(path));
  if (!TRY(content_.skip_to(known.place.at))) return false;
  identity = {without_end(identity.version), content_.at(), content_.hash()};
  known.place.identity = identity.text();
  return true;
}

Result<Next> Harvest::read_current(stream::Batch& batch, std::size_t limit, Piece& piece) {
  Known& known = *find(current_);
  piece.begin = known.place;
  auto more = content_.read(limit, Content::kNoEnd, known.place.passing, batch, piece.ends);
  known.identity = {more && *more ? without_end(content_.version()) : content_.version(), content_.at(),
                    content_.hash()};
  known.place.at = content_.at();
  known.place.identity = known.identity.text();
  piece.end = known.place.at;
  piece.passing_after = known.place.passing;
  piece.identity_after = known.place.identity;
  if (!more) {
    arrivals_->failed({more.error().kind, "read " + known.place.name,
                       more.error().why + "; what came before was passed on, and the file is left where it is"});
    finish(known, Stage::damaged);
  } else if (!*more) {
    finish(known, Stage::finished);
    announce(known);
  }
  piece.moved = !content_.is_open();
  return Next::more;
}

void Harvest::finish(Known& known, Stage stage) {
  known.stage = stage;
  content_.close();
  if (content_.split() > split_told_)
    report_(Level::warning, "read " + known.place.name + ": " +
                                stream::split_text(options_.max_message, content_.split() - split_told_));
  split_told_ = content_.split();
}

// ---- after a restart

Result<Tail::Replayed> Harvest::replay(const Plan& plan, stream::Batch& batch, Piece& piece) {
  if (!looked_) TRY(look());  // it may have another name now
  const auto replayed = replay_from(plan, batch, piece);
  if (replayed && *replayed) return Replayed::done;
  content_.close();
  batch.clear();
  piece = {};
  if (find(plan.begin.log) != nullptr) let_go(plan.begin.log);
  return Replayed::gone;
}

Result<bool> Harvest::replay_from(const Plan& plan, stream::Batch& batch, Piece& piece) {
  const std::uint64_t log = plan.begin.log;
  Known* known = find(log);
  const auto identity = parse_upload_identity(plan.begin.identity);
  if (known == nullptr || !identity) return false;
  if (!is_current(*known) || content_.at() != plan.begin.at) {
    if (const Known* left = find(std::exchange(current_, 0))) arrivals_->wait_for(left->place.name);
    TRY(open_content(known->place.name));
    if (!content_.version().is_same_file(identity->version) || !TRY(content_.skip_to(plan.begin.at))) return false;
    current_ = log;
  }
  piece.begin = plan.begin;
  piece.begin.name = known->place.name;
  bool passing = plan.begin.passing;
  std::vector<std::uint32_t> ends;
  while (content_.at() < plan.end) {
    const std::uint64_t before = content_.at() - plan.begin.at;
    ends.clear();
    const bool more = TRY(content_.read(Content::kNoLimit, plan.end, passing, batch, ends));
    for (const std::uint32_t end : ends) piece.ends.push_back(static_cast<std::uint32_t>(before + end));
    if (!more) break;
  }
  if (content_.at() != plan.end || content_.hash() != identity->hash) return false;
  piece.end = plan.end;
  piece.passing_after = plan.passing_after;
  known->identity = *identity;
  known->stage = Stage::begun;
  known->place.at = plan.end;
  known->place.passing = passing;
  known->place.identity = plan.begin.identity;
  return true;
}

// ---- the end of a file

std::vector<std::uint64_t> Harvest::settled(const std::vector<std::uint64_t>& logs) {
  std::vector<std::uint64_t> forgotten;
  std::vector<std::uint64_t> disposed;
  for (const std::uint64_t log : logs) {
    Known* known = find(log);
    if (known == nullptr)
      forgotten.push_back(log);
    else if (--known->announced > 0)
      continue;  // it has grown and was read on before this receipt: only the last one is for all of it
    else if ((known->stage == Stage::finished || known->stage == Stage::settled) && dispose(*known))
      disposed.push_back(log);
  }
  if (auto synced = disposal_.sync(); !synced) {
    arrivals_->failed(synced.error());  // the next run finds what is there
    return forgotten;
  }
  for (const std::uint64_t log : disposed) forget(log);
  forgotten.insert(forgotten.end(), disposed.begin(), disposed.end());
  return forgotten;
}

// False: there is still something to remember.
bool Harvest::dispose(Known& known) {
  known.stage = Stage::settled;
  if (disposal_.keeps()) return false;
  const auto& [log, path, identity, at, passing] = known.place;
  const Tree* tree = arrivals_->tree_of(path);
  const auto outcome = tree != nullptr ? disposal_.dispose(*tree, path, known.identity.version)
                                       : Result<Disposal::Outcome>(Disposal::Outcome::missing);
  if (outcome && *outcome == Disposal::Outcome::done) return true;
  if (outcome && *outcome == Disposal::Outcome::changed) {
    arrivals_->wait_for(path);
  } else if (outcome && *outcome == Disposal::Outcome::missing) {
    missing_.push_back(log);
  } else {
    if (!outcome && !std::exchange(complained_, true)) arrivals_->failed(outcome.error());
    stuck_.insert(log);
    if (!again_.active()) again_.start(kTryAgain);
  }
  return false;
}

std::string Harvest::state() const {
  std::string text = content_.is_open() ? "reading " + content_.name() : std::string();
  if (arrivals_->waiting() > 0)
    text += (text.empty() ? "" : ", ") + base::count_of(arrivals_->waiting(), "file") + " to be read";
  if (!stuck_.empty())
    text += (text.empty() ? "" : ", ") + base::count_of(stuck_.size(), "file") + " read and not taken away";
  return text;
}

}  // namespace logtail
