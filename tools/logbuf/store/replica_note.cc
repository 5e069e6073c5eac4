#include "tools/logbuf/store/replica_note.h"

#include <algorithm>
#include <utility>

#include "tools/logbuf/store/pack.h"

namespace logbuf {
namespace {

constexpr std::size_t kNoteNumbers = 8 + 8 + 4 + 4;  // bytes of a note before its texts

}  // namespace

std::string encode_replica_notes(const std::vector<ReplicaNote>& notes) {
  std::string bytes;
  for (const ReplicaNote& note : notes) {
    Packer packer;
    packer.u64(note.confirmed).time(note.heard).u32(static_cast<std::uint32_t>(note.name.size()));
    packer.u32(static_cast<std::uint32_t>(note.address.size()));
    bytes += packer.text(note.name).text(note.address).take();
  }
  return bytes;
}

std::optional<std::vector<ReplicaNote>> decode_replica_notes(std::string_view bytes) {
  std::vector<ReplicaNote> notes;
  while (!bytes.empty()) {
    Unpacker unpacker(bytes);
    ReplicaNote note;
    note.confirmed = unpacker.u64();
    note.heard = unpacker.time();
    const std::size_t name_size = unpacker.u32();
    const std::size_t address_size = unpacker.u32();
    if (!unpacker.ok() || bytes.size() - kNoteNumbers < name_size + address_size) return std::nullopt;
    note.name = bytes.substr(kNoteNumbers, name_size);
    note.address = bytes.substr(kNoteNumbers + name_size, address_size);
    bytes.remove_prefix(kNoteNumbers + name_size + address_size);
    notes.push_back(std::move(note));
  }
  return notes;
}

void take_note(std::vector<ReplicaNote>& notes, ReplicaNote note) {
  std::erase_if(notes, [&](const ReplicaNote& each) { return each.name == note.name; });
  notes.push_back(std::move(note));
  while (notes.size() > kMaxReplicaNotes) notes.erase(std::ranges::min_element(notes, {}, &ReplicaNote::heard));
}

}  // namespace logbuf
