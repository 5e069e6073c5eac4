#include "tools/logcat/kafka/kafka_source.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace logcat::kafka {
namespace {

using base::Result;

constexpr base::Duration kCommitEvery = std::chrono::milliseconds(500);
constexpr base::Duration kPauseAfter = std::chrono::seconds(1);  // of a full sink
constexpr base::Duration kLeaveTime = std::chrono::seconds(3);

// Of another member's, or of one that the group has forgotten: a rebalance says so too.
bool follows_from_rebalance(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID || error == RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION ||
         error == RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS || error == RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST;
}

bool is_cooperative(rd_kafka_t* client) {
  const char* const protocol = rd_kafka_rebalance_protocol(client);
  return protocol != nullptr && std::strcmp(protocol, "COOPERATIVE") == 0;
}

}  // namespace

KafkaSource::KafkaSource(event::Loop& loop, SourceOptions options, base::Report report)
    : options_(std::move(options)),
      report_(std::move(report)),
      commit_(loop, [this] { commit(); }),
      full_(loop, [this] { pause(true); }) {}

Result<std::unique_ptr<KafkaSource>> KafkaSource::open(event::Loop& loop, const ::kafka::Properties& properties,
                                                       SourceOptions options, base::Report report) {
  ::kafka::Properties all{{"fetch.max.bytes", "8388608"}};  // which people may change
  all.insert(all.end(), properties.begin(), properties.end());
  all.push_back({"group.id", options.consumer});
  all.push_back({"auto.offset.reset", options.at_newest ? "latest" : "earliest"});
  all.push_back({"enable.auto.commit", "false"});
  all.push_back({"enable.auto.offset.store", "false"});
  all.push_back({"queued.max.messages.kbytes", "8192"});
  std::unique_ptr<KafkaSource> source(new KafkaSource(loop, std::move(options), std::move(report)));
  source->client_ = TRY(::kafka::Client::create(loop, ::kafka::Client::Role::consumer, all,
                                                static_cast<::kafka::Client::Owner&>(*source), source->report_));
  TRY(source->subscribe());
  return source;
}

KafkaSource::~KafkaSource() {
  if (!client_) return;
  commit();
  rd_kafka_error_t* const error = rd_kafka_consumer_close_queue(client_->native(), client_->queue());
  if (error != nullptr) {
    rd_kafka_error_destroy(error);
    return;
  }
  const base::Instant end = base::now() + kLeaveTime;
  while (rd_kafka_consumer_closed(client_->native()) == 0 && base::now() < end) client_->next(kCommitEvery);
}

KafkaSource::List KafkaSource::list_of(const std::vector<Place>& places) {
  List list(rd_kafka_topic_partition_list_new(static_cast<int>(places.size())), &rd_kafka_topic_partition_list_destroy);
  for (const Place& place : places) rd_kafka_topic_partition_list_add(list.get(), place.topic.c_str(), place.partition);
  return list;
}

Result<void> KafkaSource::subscribe() {
  std::vector<Place> topics;
  for (const std::string& topic : options_.topics) topics.push_back({topic, RD_KAFKA_PARTITION_UA});
  const List list = list_of(topics);
  const auto error = rd_kafka_subscribe(client_->native(), list.get());
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  return base::fail(base::Kind::usage, "read " + options_.cluster, rd_kafka_err2str(error));
}

// ---- messages

// While nobody reads, the events stay where they are, unless partitions are paused: then there are few.
void KafkaSource::woken() {
  while (paused_ && client_->next()) {
  }
  client_->watch(paused_);
}

Result<stream::Next> KafkaSource::read(stream::Batch& batch, std::size_t limit) {
  using stream::Next;
  if (error_) return tl::unexpected(*error_);
  if (!staged_.empty()) {
    batch.append_block(staged_.block(), staged_.lengths(), staged_.has_inner_lf());
    staged_.clear();
    return Next::more;
  }
  if (stopped_) return Next::end;
  const std::size_t before = batch.bytes();
  into_ = &batch;
  bool more = true;
  while (more && batch.bytes() - before < limit && !error_) more = client_->next();
  into_ = nullptr;
  if (error_) return tl::unexpected(*error_);
  client_->watch(!more);
  return more ? Next::more : Next::wait;
}

void KafkaSource::happened(::kafka::NativeEvent* event) {
  switch (rd_kafka_event_type(event)) {
    case RD_KAFKA_EVENT_FETCH:
      return take(event);
    case RD_KAFKA_EVENT_REBALANCE:
      return rebalance(event);
    case RD_KAFKA_EVENT_OFFSET_COMMIT:
      return take_commit(event);
    default:
      return;
  }
}

void KafkaSource::take(::kafka::NativeEvent* event) {
  while (const rd_kafka_message_t* const message = rd_kafka_event_message_next(event)) {
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      warn(rd_kafka_message_errstr(message));
      continue;
    }
    if (stopped_) continue;  // it is read again
    if (!std::exchange(told_, {}).empty())
      report_(base::Level::note, "read " + options_.cluster + ": the cluster gives messages again");
    place_.topic = rd_kafka_topic_name(message->rkt);
    place_.partition = message->partition;
    if (is_too_old(*message)) {
      offsets_.skip(place_, message->offset + 1);
      if (!commit_.active()) commit_.start(kCommitEvery);
      continue;
    }
    take_value({static_cast<const char*>(message->payload), message->len}, message->offset);
  }
}

// A record without a time is not.
bool KafkaSource::is_too_old(const NativeMessage& message) const {
  if (!options_.since) return false;
  rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
  const std::int64_t at = rd_kafka_message_timestamp(&message, &type);
  return type != RD_KAFKA_TIMESTAMP_NOT_AVAILABLE && base::WallTime(std::chrono::milliseconds(at)) < *options_.since;
}

// The pieces of a long one but the last leave it to be read again.
void KafkaSource::take_value(std::string_view value, std::int64_t offset) {
  stream::Batch& batch = into_ != nullptr ? *into_ : staged_;
  for (; value.size() > options_.max_message; value.remove_prefix(options_.max_message)) {
    if (!offsets_.note(place_, offset)) return;
    batch.append(value.substr(0, options_.max_message));
  }
  if (offsets_.note(place_, offset + 1)) batch.append(value);
}

void KafkaSource::set_sink_full_since(std::optional<base::Instant> since) {
  if (since) return full_.start(kPauseAfter);
  full_.stop();
  pause(false);
}

void KafkaSource::pause(bool on) {
  if (paused_ == on) return;
  paused_ = on;
  const List list = list_of(offsets_.assigned());
  if (on)
    rd_kafka_pause_partitions(client_->native(), list.get());
  else
    rd_kafka_resume_partitions(client_->native(), list.get());
  client_->watch(true);
  woken();
}

// ---- the group

void KafkaSource::rebalance(::kafka::NativeEvent* event) {
  rd_kafka_t* const client = client_->native();
  rd_kafka_topic_partition_list_t* const list = rd_kafka_event_topic_partition_list(event);
  const bool assigned = rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
  if (!assigned && rd_kafka_assignment_lost(client) == 0) commit();
  std::vector<Place> places;
  for (int i = 0; list != nullptr && i < list->cnt; ++i) {
    places.push_back({list->elems[i].topic, list->elems[i].partition});
    assigned ? offsets_.assign(places.back()) : offsets_.revoke(places.back());
  }
  rd_kafka_error_t* error = nullptr;
  if (is_cooperative(client))
    error = assigned ? rd_kafka_incremental_assign(client, list) : rd_kafka_incremental_unassign(client, list);
  else
    rd_kafka_assign(client, assigned ? list : nullptr);
  if (error != nullptr) {
    warn(rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
  }
  if (assigned && paused_) rd_kafka_pause_partitions(client, list_of(places).get());
}

Result<void> KafkaSource::acknowledge(std::uint64_t count) {
  offsets_.acknowledge(count);
  if (offsets_.has_news() && !commit_.active()) commit_.start(kCommitEvery);
  return {};
}

Result<bool> KafkaSource::flush_receipts() {
  if (error_) return tl::unexpected(*error_);
  return true;
}

// One after the other; what a commit does not say, the next one does.
void KafkaSource::commit() {
  const std::vector<Commit> commits = offsets_.news();
  if (commits.empty()) return;
  const List list(rd_kafka_topic_partition_list_new(static_cast<int>(commits.size())),
                  &rd_kafka_topic_partition_list_destroy);
  for (const Commit& commit : commits)
    rd_kafka_topic_partition_list_add(list.get(), commit.place.topic.c_str(), commit.place.partition)->offset =
        commit.next;
  if (rd_kafka_commit(client_->native(), list.get(), 1) != RD_KAFKA_RESP_ERR_NO_ERROR)
    return commit_.start(kCommitEvery);
  offsets_.committed(commits);
}

void KafkaSource::take_commit(::kafka::NativeEvent* event) {
  const rd_kafka_resp_err_t error = rd_kafka_event_error(event);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR || error == RD_KAFKA_RESP_ERR__NO_OFFSET) return;
  rd_kafka_topic_partition_list_t* const list = rd_kafka_event_topic_partition_list(event);
  for (int i = 0; list != nullptr && i < list->cnt; ++i)
    offsets_.forget_commit({list->elems[i].topic, list->elems[i].partition});
  if (!follows_from_rebalance(error)) warn(std::string("commit offsets: ") + rd_kafka_err2str(error));
  if (!commit_.active()) commit_.start(kCommitEvery);
}

// ---- how it stands

void KafkaSource::troubled(const ::kafka::Trouble& trouble) {
  using Kind = ::kafka::Trouble::Kind;
  switch (trouble.kind) {
    case Kind::passing:
      hint_ = trouble.reason;
      return;
    case Kind::away:
      return warn(hint_.empty() ? trouble.reason : hint_);
    case Kind::mend:
      return warn(trouble.reason);
    case Kind::fatal:
      error_ = {base::Kind::temporary, "read " + options_.cluster, trouble.reason + "; run again"};
  }
}

// Once, until there are messages again.
void KafkaSource::warn(const std::string& reason) {
  if (told_ == reason || (!told_.empty() && told_ == hint_)) return;
  told_ = reason;
  report_(base::Level::warning, "read " + options_.cluster + ": " + reason + "; trying again");
}

std::string KafkaSource::state() const {
  return "reading " + std::to_string(offsets_.assigned().size()) + " partitions of " + options_.cluster +
         (paused_ ? ", paused" : "") + (told_.empty() ? "" : " (" + told_ + ")");
}

}  // namespace logcat::kafka
