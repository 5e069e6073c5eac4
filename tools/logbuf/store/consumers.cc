// Consumers of a buffer: their records, claims and acknowledgements.
#include <algorithm>

#include "tools/logbuf/store/buffer.h"
#include "tools/logbuf/store/records.h"

namespace logbuf {
namespace {

constexpr std::size_t kMaxNameLength = 255;

base::Result<void> check_name(const std::string& name) {
  const bool plain =
      std::all_of(name.begin(), name.end(), [](unsigned char c) { return c > ' ' && c < 127 && c != '/'; });
  if (!name.empty() && name.size() <= kMaxNameLength && plain) return {};
  return base::fail(base::Kind::usage, "consumer '" + name + "'",
                    "a name is 1 to 255 printable ASCII characters without space and '/'");
}

}  // namespace

base::Result<ConsumerState> Buffer::load_consumer(const Txn& txn, const std::string& name) const {
  const std::optional<std::string_view> record = TRY(txn.get(Table::consumers, name));
  if (!record)
    return base::fail(base::Kind::no_input, "use consumer '" + name + "' of buffer " + path_,
                      "there is no such consumer; see 'logbuf consumer add'");
  return ConsumerState::decode(*record);
}

base::Result<std::map<std::string, ConsumerState>> Buffer::load_consumers(const Txn& txn) const {
  Cursor cursor = TRY(Cursor::open(txn, Table::consumers));
  std::map<std::string, ConsumerState> result;
  for (std::optional<Entry> entry = TRY(cursor.first()); entry; entry = TRY(cursor.next()))
    result.emplace(entry->key, TRY(ConsumerState::decode(entry->value)));
  return result;
}

base::Result<std::map<std::string, ConsumerState>> Buffer::consumers() {
  const Txn txn = TRY(Txn::begin(env_, Access::read_only));
  return load_consumers(txn);
}

base::Result<std::optional<ConsumerState>> Buffer::consumer(const std::string& name) {
  const Txn txn = TRY(Txn::begin(env_, Access::read_only));
  const std::optional<std::string_view> record = TRY(txn.get(Table::consumers, name));
  if (!record) return std::optional<ConsumerState>();
  return std::optional(TRY(ConsumerState::decode(*record)));
}

base::Result<ConsumerState> Buffer::add_consumer(const std::string& name, ConsumerStart start) {
  TRY(check_name(name));
  Txn txn = TRY(Txn::begin(env_, Access::read_write));
  const std::optional<std::string_view> record = TRY(txn.get(Table::consumers, name));
  if (record) return ConsumerState::decode(*record);
  State state = TRY(load(txn));
  std::uint64_t next = state.next_id;
  if (start == ConsumerStart::oldest) {
    Cursor cursor = TRY(Cursor::open(txn, Table::log));
    const std::optional<Entry> oldest = TRY(cursor.first());
    if (oldest) next = oldest->id();
  }
  // What was dropped while nobody took messages is no loss of one that begins here.
  if (start == ConsumerStart::newest && TRY(load_consumers(txn)).empty()) state.unreported_loss = 0;
  const ConsumerState consumer(state.next_consumer++, next, base::wall_now());
  TRY(store(txn, state));
  TRY(txn.put(Table::consumers, name, consumer.encode()));
  TRY(txn.commit());
  return consumer;
}

base::Result<bool> Buffer::remove_consumer(const std::string& name) {
  {
    Txn txn = TRY(Txn::begin(env_, Access::read_write));
    if (!TRY(txn.get(Table::consumers, name))) return false;
    TRY(txn.erase(Table::consumers, name));
    TRY(txn.commit());
  }
  TRY(expire_all());
  return true;
}

base::Result<std::uint64_t> Buffer::new_owner(bool leased) {
  Txn txn = TRY(Txn::begin(env_, Access::read_write));
  State state = TRY(load(txn));
  // Odd numbers are leased, even ones are one-shot peeks that nobody takes back.
  const auto next_number = [&] { return state.next_owner++ * 2 + (leased ? 1 : 0); };
  std::uint64_t number = next_number();
  // A process that is killed in here loses the writers' lock a moment before it loses the lease.
  while (leased && !TRY(leases_->take(number))) number = next_number();
  TRY(store(txn, state));
  TRY(txn.commit());
  return number;
}

bool Buffer::is_leased(std::uint64_t owner) {
  return (owner & 1) != 0;
}

bool Buffer::is_live(std::uint64_t owner) const {
  if (!is_leased(owner)) return false;
  const base::Result<bool> held = leases_ ? leases_->held(owner) : true;
  return !held || *held;  // in doubt, it lives: its messages stay where they are
}

base::Result<bool> Buffer::take_origin_lease(std::uint64_t consumer_number) {
  return leases_->take(kOriginLeases + consumer_number);
}

base::Result<std::vector<Claimed>> Buffer::claim(const Claimant& claimant, const std::vector<Range>& done,
                                                 std::uint64_t until, std::size_t max_bytes,
                                                 std::uint64_t max_messages) {
  std::vector<Claimed> claimed;
  bool more_to_expire = false;
  {
    Txn txn = TRY(Txn::begin(env_, Access::read_write));
    State state = TRY(load(txn));
    ConsumerState consumer = TRY(load_consumer(txn, claimant.consumer));
    if (claimant.generation != 0 && claimant.generation != consumer.generation()) {
      until = 0;  // rewound meanwhile: nothing more may be sent under the old origin
    }
    for (const Range& range : done) (void)TRY(consumer.acknowledge(range));
    if (max_messages > 0) claimed = TRY(take(txn, consumer, claimant, state, until, max_bytes, max_messages));
    if (done.empty() && claimed.empty()) return claimed;
    consumer.active = base::wall_now();
    TRY(txn.put(Table::consumers, claimant.consumer, consumer.encode()));
    if (!done.empty()) {
      more_to_expire = !TRY(expire(txn, state, TRY(load_consumers(txn))));
      TRY(store(txn, state));
    }
    TRY(txn.commit());
  }
  if (more_to_expire) TRY(expire_all());
  return claimed;
}

base::Result<std::vector<Claimed>> Buffer::take(const Txn& txn, ConsumerState& consumer, const Claimant& claimant,
                                                const State& state, std::uint64_t until, std::size_t max_bytes,
                                                std::uint64_t max_messages) const {
  std::vector<Claimed> claimed;
  std::size_t bytes = 0;
  Cursor cursor = TRY(Cursor::open(txn, Table::log));
  while (bytes < max_bytes && max_messages > 0) {
    Range ready = consumer.next_ready();
    ready.last = std::min({ready.last, until, state.head()});
    if (ready.empty()) break;
    std::optional<Entry> entry = TRY(cursor.at_or_before(ready.first));
    Range chunk = entry ? TRY(range_of(cursor, *entry, state)) : Range{};
    if (chunk.last < ready.first) {  // a gap: trimmed, dropped or quarantined before this consumer came to it
      entry = TRY(cursor.at_or_after(ready.first));
      const std::uint64_t next = std::max(entry ? entry->id() : state.next_id, ready.first + 1);
      const Range gap{ready.first, std::min(ready.last, next - 1)};
      if (!consumer.tells_loss) {
        (void)TRY(consumer.forget(gap));
        continue;
      }
      TRY(consumer.claim(gap, claimant.owner, claimant.generation));
      claimed.push_back({gap, true});
      --max_messages;
      continue;
    }
    Range range{ready.first, std::min(ready.last, chunk.last)};
    if (range.count() > max_messages) range.last = range.first + max_messages - 1;
    TRY(consumer.claim(range, claimant.owner, claimant.generation));
    bytes += plain_size_of(entry->value);
    max_messages -= range.count();
    if (!claimed.empty() && !claimed.back().lost && claimed.back().range.last + 1 == range.first) {
      claimed.back().range.last = range.last;
    } else {
      claimed.push_back({range});
    }
  }
  return claimed;
}

base::Result<void> Buffer::update(const std::string& name, const Change& change) {
  bool more_to_expire = false;
  {
    Txn txn = TRY(Txn::begin(env_, Access::read_write));
    State state = TRY(load(txn));
    ConsumerState consumer = TRY(load_consumer(txn, name));
    if (!TRY(change(consumer, state))) return {};
    consumer.active = base::wall_now();
    TRY(txn.put(Table::consumers, name, consumer.encode()));
    more_to_expire = !TRY(expire(txn, state, TRY(load_consumers(txn))));
    TRY(store(txn, state));
    TRY(txn.commit());
  }
  if (more_to_expire) return expire_all();
  return {};
}

}  // namespace logbuf
