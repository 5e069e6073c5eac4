#include "hub/outlet.h"

#include <array>
#include <csignal>
#include <utility>

#include "base/io.h"
#include "cli/secret_file.h"
#include "hub/drain_command.h"
#include "stream/child.h"
#include "stream/line_reader.h"

namespace hub {
namespace {

constexpr std::size_t kLongestLine = 2000;
constexpr base::Duration kStopTime = std::chrono::seconds(5);
constexpr base::Duration kLookAtOther = std::chrono::seconds(1);
constexpr base::Duration kGoodRun = std::chrono::seconds(60);  // a failure after that is the first of a new row

}  // namespace

struct Outlet::Run {
  Run(Outlet& outlet, stream::Child its_child)
      : child(std::move(its_child)),
        lines(kLongestLine),
        output(outlet.loop_, child.output(), event::Interest::read, [&outlet] { outlet.read(); }),
        end(outlet.loop_, child.ended(), event::Interest::read, [&outlet] { outlet.on_end(); }) {
    output.start();
    end.start();
  }
  stream::Child child;
  stream::LineReader lines;
  event::Io output;
  event::Io end;
};

Outlet::Outlet(event::Loop& loop, std::string its_channel, Drain its_drain, Events events, base::Report report)
    : channel(std::move(its_channel)),
      drain(std::move(its_drain)),
      loop_(loop),
      events_(std::move(events)),
      report_(std::move(report)),
      retry_({}, stream::retry_seed() ^ drain.id),
      timer_(loop, [this] { run_ ? kill() : events_.try_again(); }) {}

Outlet::~Outlet() {
  kill();
}

void Outlet::start(const std::vector<std::string>& reader, const std::string& sender, const std::string& file,
                   bool public_only) {
  const auto command = drain_command(drain, public_only);
  if (!command) return failed(command.error().text());
  if (const auto written = cli::write_secret_file(file, command->address); !written)
    return failed(written.error().text());
  std::vector<std::string> words = reader;
  words.insert(words.end(), {"--", sender});
  words.insert(words.end(), command->options.begin(), command->options.end());
  words.push_back("@" + file);
  auto child = stream::Child::start(words, stream::Child::Output::all_piped, {}, stream::Child::Group::tied);
  if (!child) return failed(child.error().text());
  run_ = std::make_unique<Run>(*this, std::move(*child));
  stage = Stage::running;
  wanted = false;
  started = base::now();
}

void Outlet::stop() {
  if (stage == Stage::retrying || stage == Stage::elsewhere) timer_.stop();
  if (!run_ || stage == Stage::stopping) return;
  stage = Stage::stopping;
  run_->child.send_signal(SIGTERM);
  timer_.start(kStopTime);
}

void Outlet::kill() {
  if (run_) run_->child.kill_group();
}

void Outlet::failed(const std::string& why) {
  if (why == std::exchange(failure_, why))
    note(why);
  else
    take_line(why);
  stage = Stage::retrying;
  timer_.start(retry_.failed(base::now()).value_or(base::Backoff::kCap));
  events_.ended(true);
}

void Outlet::leave_to_other() {
  stage = Stage::elsewhere;
  timer_.start(kLookAtOther);
}

void Outlet::read() {
  std::array<char, 4096> buffer;
  const auto got = base::read_some(run_->child.output(), buffer, "drain");
  if (!got || got->end) return run_->output.stop();
  run_->lines.feed({buffer.data(), got->bytes});
  while (const auto line = run_->lines.next()) take_line(*line);
}

void Outlet::note(std::string_view line) {
  error = without_secrets(std::string(line), drain.url);
  error_at = base::wall_now();
}

void Outlet::take_line(std::string_view line) {
  note(line);
  report_(base::Level::note, "channel " + channel + ", drain " + drain.token + ": " + error);
}

void Outlet::on_end() {
  const auto status = run_->child.collect();
  if (!status) return;
  read();  // what it said last
  run_.reset();
  timer_.stop();
  if (base::now() - started >= kGoodRun) {
    retry_.succeeded();
    failure_.clear();
  }
  if (stage != Stage::stopping && !status->ok()) return failed("its sender " + status->text());
  wanted = wanted || stage != Stage::stopping;  // this reader is done, and there may be another
  stage = Stage::idle;
  events_.ended(false);
}

}  // namespace hub
