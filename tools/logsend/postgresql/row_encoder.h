// From messages to rows: one part of an outbox for each, in the form in which PostgreSQL's arrays have their elements.
// Passive.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/report.h"
#include "base/result.h"
#include "rules/processor.h"
#include "stream/batch.h"
#include "tools/logsend/event_options.h"
#include "tools/logsend/outbox.h"
#include "tools/logsend/postgresql/table.h"

namespace logsend::postgresql {

// What @key is made of. Both are a UUID of version 8 (RFC 9562, section 5.8), and the same when a message is sent
// again.
enum class Key : std::uint8_t {
  // Of the stream's origin, the message's id and its text, so that equal lines are different rows. A stream without an
  // origin has the number of the message in this process instead.
  id,
  // Of severity, facility, application, host, text and time, as pyloggr's: messages that say the same are one row.
  content,
};

class RowEncoder {
 public:
  // `table` must outlive this. `origin` is the stream's, or empty. `nonce` differs from process to process.
  static base::Result<RowEncoder> create(EventOptions options, const Table& table, Key key, const std::string& origin,
                                         std::uint64_t nonce);

  // SIGHUP: the rules are read again.
  void reopen(const base::Report& report) { reread_rules(*processor_, report); }
  void append(Outbox& outbox, const stream::Batch& batch, const base::Report& report);

  // The load as COPY takes it, in text form; each row has so many columns.
  static void make_copy(std::string& copy, const Load& load, std::size_t columns);
  // The parameters of the insertion: for each column an array of its values in the load, in binary form.
  static void make_arrays(std::vector<std::string>& arrays, const Load& load);

 private:
  explicit RowEncoder(const Table& table) : table_(&table) {}
  void append_row(std::string& out, std::string_view id, std::string_view message, const codec::Event& event);
  void append_field(std::string& out, const codec::FieldPath& field, const codec::Event& event);
  void render(const codec::Event& event);
  [[nodiscard]] std::string key_of(std::string_view id, std::string_view message, const codec::Event& event);

  const Table* table_;
  Key key_ = Key::id;
  bool formats_ = false;  // the text of the message is what --format says
  bool needs_json_ = false;
  std::unique_ptr<rules::Processor> processor_;
  std::string stream_;  // the origin, or what stands for it
  bool has_origin_ = false;
  std::string last_id_;
  std::uint64_t pieces_ = 0;  // messages without an id since then
  std::string received_;
  std::string text_;
  std::string space_;
  std::string json_;             // of the event
  std::string structured_data_;  // of that
  std::string fields_;
};

}  // namespace logsend::postgresql
