// Where a sink stands between its first message and its end. Passive.
//
//   working --> reopening, resting --> working      its connection is closed in order
//   any of these --> finishing --> closing --> finished
//
// Stages of the second line are left only forwards, and may be left out. So one that is to end needs no other
// connection: reopen() and rest() change nothing then. Every call says whether it has changed the stage.
#pragma once

namespace stream {

class Life {
 public:
  enum class Stage {
    working,
    reopening,  // SIGHUP: another connection follows this one, or other files
    resting,    // there was nothing to send: the next message opens another connection
    finishing,  // nothing more will be written: what was written gets safe
    closing,    // that is settled: the goodbye is left, or the end of what stands behind this sink
    finished,   // nothing is left to do
  };

  bool reopen() { return go(is_working(), Stage::reopening); }
  bool rest() { return go(is_working() || is_reopening(), Stage::resting); }
  // The connection is closed.
  bool resume() { return go(is_reopening() || is_resting(), Stage::working); }

  bool finish() { return go(stage_ < Stage::finishing, Stage::finishing); }
  // More may be written after all.
  bool take_back_finish() { return go(is_finishing(), Stage::working); }
  bool close() { return go(stage_ < Stage::closing, Stage::closing); }
  bool end() { return go(stage_ < Stage::finished, Stage::finished); }

  [[nodiscard]] Stage stage() const { return stage_; }
  [[nodiscard]] bool is_working() const { return stage_ == Stage::working; }
  [[nodiscard]] bool is_reopening() const { return stage_ == Stage::reopening; }
  [[nodiscard]] bool is_resting() const { return stage_ == Stage::resting; }
  [[nodiscard]] bool is_finishing() const { return stage_ == Stage::finishing; }
  [[nodiscard]] bool is_closing() const { return stage_ == Stage::closing; }
  [[nodiscard]] bool is_finished() const { return stage_ == Stage::finished; }
  // finish() was called, or more.
  [[nodiscard]] bool is_ending() const { return stage_ >= Stage::finishing; }

 private:
  bool go(bool possible, Stage stage) {
    if (possible) stage_ = stage;
    return possible;
  }

  Stage stage_ = Stage::working;
};

}  // namespace stream
