#include "sim/runners/observations.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "netmodel/check.hpp"
#include "sim/runners/report_json.hpp"

namespace gradwire {
namespace {

using nlohmann::json;

std::string text_of(const RunOutcome& outcome) {
  json links = json::array();
  for (const LinkTraffic& link : outcome.links) {
    links.push_back(
        {{"name", link.name}, {"bytes", link.bytes.count}, {"busy", link.busy.count()}});
  }
  return json{{"links", std::move(links)},
              {"samples", to_json(outcome.samples)},
              {"distortion", outcome.distortion}}
      .dump();
}

}  // namespace

void keep_observations(const PointRun& run, std::function<RunOutcome()> so_far) {
  if (!run.checkpoint_file) return;
  run.checkpoint_file->observe([&run, so_far = std::move(so_far)] {
    RunOutcome outcome = so_far();
    add_earlier_observations(run, outcome);
    return text_of(outcome);
  });
}

void add_earlier_observations(const PointRun& run, RunOutcome& outcome) {
  if (!run.checkpoint_file || run.checkpoint_file->resumed_steps() == 0) return;
  const json earlier = json::parse(run.checkpoint_file->resumed_observations());
  const json& links = earlier.at("links");
  CHECK(links.size() == outcome.links.size(), "{} links, and {} before", outcome.links.size(),
        links.size());
  for (std::size_t i = 0; i < links.size(); ++i) {
    CHECK(links[i].at("name") == outcome.links[i].name, "link {}", outcome.links[i].name);
    outcome.links[i].bytes.count += links[i].at("bytes").get<std::int64_t>();
    outcome.links[i].busy += Duration(links[i].at("busy").get<std::int64_t>());
  }
  std::vector<ResourceSample> samples = samples_from(earlier.at("samples"));
  double seconds = 0.0;
  for (const ResourceSample& sample : samples) seconds = std::max(seconds, sample.seconds);
  for (ResourceSample& sample : outcome.samples) {
    sample.seconds += seconds;
    samples.push_back(sample);
  }
  outcome.samples = std::move(samples);
  const auto distortion = earlier.at("distortion").get<std::string>();
  if (outcome.distortion.empty()) outcome.distortion = distortion;
}

}  // namespace gradwire
