#include "hub/survey.h"

#include <memory>
#include <string>
#include <utility>

#include "hub/hub.h"
#include "hub/ingest.h"

namespace hub {
namespace {

struct Surveying {
  Survey samples = {};
  std::size_t missing = 0;
  Done<Survey> done;

  void settle() {
    if (--missing == 0) done(std::move(samples));
  }
};

}  // namespace

void survey_channels(Hub& hub, Done<Survey> done) {
  hub.store().list([&hub, done = std::move(done)](const base::Result<std::vector<Found>>& channels) {
    if (!channels) return done(tl::unexpected(channels.error()));
    const auto survey = std::make_shared<Surveying>(Surveying{.done = done});
    for (const Found& channel : *channels)
      survey->samples.push_back({.channel = channel, .received = hub.ingest().messages_of(channel->id)});
    survey->missing = survey->samples.size() + 1;
    for (std::size_t i = 0; i < channels->size(); ++i)
      hub.store().standing((*channels)[i]->id, [survey, i](base::Result<Standing> standing) {
        if (standing) survey->samples[i].standing = std::move(*standing);
        survey->settle();
      });
    survey->settle();
  });
}

}  // namespace hub
