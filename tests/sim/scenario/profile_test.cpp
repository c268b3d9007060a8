// Models that are tables of layers: in the scenario, in a file, and what is refused.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/sim/scenario/refused.hpp"

namespace gradwire {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kTimed =
    "{kind: profile, table: [{name: a, parameters: 5, forward: 1ms, backward: 2ms}]}";

std::string profiled(const std::string& model, const std::string& more = "") {
  return shortest_with("data: {kind: none, train: 100}\nmodel: " + model + "\n" + more);
}

Scenario only_point(const std::string& text, const std::vector<std::string>& overrides = {}) {
  return load(text, overrides).points.at(0).scenario;
}

TEST(Profile, StandsInTheScenario) {
  const Scenario scenario = only_point(profiled(std::string(kTimed)));
  EXPECT_EQ(scenario.model.profile, (LayerProfile{{"a", 5, 1ms, 2ms, 0.0}}));
  EXPECT_EQ(scenario.model.bucket, Bytes{25 << 20});
  EXPECT_EQ(scenario.arithmetic, Scenario::Arithmetic::off);
  EXPECT_EQ(scenario.data.train, 100);
  EXPECT_FALSE(only_point(profiled(std::string(kTimed)), {"model.gradients=whole"}).model.bucket);
}

TEST(Profile, IsTheSameWhenReadAgain) {
  const Plan plan = load(profiled(std::string(kTimed)));
  EXPECT_EQ(load(plan.resolved_yaml).resolved_yaml, plan.resolved_yaml);
  EXPECT_EQ(load(plan.resolved_yaml).points[0].scenario.model.profile,
            plan.points[0].scenario.model.profile);
}

class ProfileFile : public testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove(file_); }
  std::vector<std::string> holding(std::string_view text) const {
    std::ofstream(file_) << text;
    return {"model.table=" + file_.string(), "nodes.flops=1Gflops"};
  }
  const std::filesystem::path file_ =
      std::filesystem::temp_directory_path() /
      (std::string("profile-") + testing::UnitTest::GetInstance()->current_test_info()->name() +
       ".yaml");
};

TEST_F(ProfileFile, HoldsTheSameList) {
  const auto overrides = holding("# a comment\n- {name: a, parameters: 7, flops: 2e6}\n");
  const Plan plan = load(profiled(std::string(kTimed)), overrides);
  EXPECT_EQ(plan.points[0].scenario.model.profile, (LayerProfile{{"a", 7, {}, {}, 2e6}}));
  EXPECT_EQ(load(plan.resolved_yaml).points[0].scenario.model.profile,
            plan.points[0].scenario.model.profile);
}

TEST_F(ProfileFile, IsRefusedAtItsLine) {
  const std::string profile = profiled(std::string(kTimed));
  const auto error = [&](std::string_view text) { return error_of(profile, holding(text)); };
  const std::string file = file_.string();
  EXPECT_NE(error("- {name: a, flops: 1}\n- {name: b, flops: x}\n")
                .find(file + ":2: entry 2: flops 'x' is not a number"),
            std::string::npos)
      << error("- {name: a, flops: 1}\n- {name: b, flops: x}\n");
  EXPECT_NE(error("- {name: a, flops: 1}\n").find("no layer has parameters"), std::string::npos);
  EXPECT_NE(error("[").find(file + ":"), std::string::npos);
  EXPECT_NE(error("").find("is empty"), std::string::npos);
  EXPECT_NE(error(std::string(1'100'000, '#')).find("more than 1000000 bytes"), std::string::npos);
  EXPECT_NE(error_of(profile, {"model.table=/nowhere"}).find("/nowhere:1: cannot be read"),
            std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    Profiles, RefusedScenario,
    testing::ValuesIn(std::vector<Refused>{
        {"ProfileWithoutTable",
         profiled("{kind: profile}"),
         {},
         "s.yaml:5: model.table: missing, but required with model.kind profile; allowed: a list of "
         "{name, parameters: count, flops: forward operations of a sample}, or of {name, "
         "parameters: count, forward: time, backward: time}, or a file that holds such a list"},
        {"ProfileOnDigits",
         shortest_with("model: " + std::string(kTimed) + "\n"),
         {},
         "s.yaml:1: data.kind: digits with model.kind profile; allowed: none, with data.train for "
         "the number of samples"},
        {"NoDataForAModel",
         shortest_with("data: {kind: none}\n"),
         {},
         "s.yaml:4: data.kind: none leaves nothing to train on; allowed: only with model.kind "
         "profile"},
        {"ProfileByLabels",
         profiled(std::string(kTimed)),
         {"data.partition.kind=labels"},
         "--set data.partition.kind: labels with data.kind none; allowed: shuffle or block"},
        {"ProfileWithArithmetic",
         profiled(std::string(kTimed), "arithmetic: full\n"),
         {},
         "s.yaml:6: arithmetic: full with model.kind profile; allowed: auto or off"},
        {"ProfileTimedTwice",
         profiled(std::string(kTimed), "nodes: {device: a100}\n"),
         {},
         "s.yaml:5: model.table: has times, and nodes says what a step costs; allowed: one of "
         "both"},
        {"ProfileWithoutCost",
         profiled("{kind: profile, table: [{name: a, parameters: 5, flops: 1e6}]}"),
         {},
         "s.yaml:5: model.table: has no times, and nothing says what its operations cost; allowed: "
         "with nodes.device, nodes.flops or nodes.step_time"},
        {"BucketOfWholeGradients",
         profiled(std::string(kTimed)),
         {"model.gradients=whole", "model.bucket=1MB"},
         "--set model.bucket: has no meaning with model.gradients whole; allowed: only with "
         "model.gradients buckets"},
        {"DeviceAndFlops",
         shortest_with("nodes: {device: a100, flops: 1Gflops}\n"),
         {},
         "s.yaml:4: nodes.flops: is given together with nodes.device; allowed: one of the two"},
        {"UnknownDevice",
         shortest_with("nodes: {device: pi}\n"),
         {},
         "s.yaml:4: nodes.device: 'pi' is unknown; allowed: a100, gtx-1660-ti, i7-10870h, "
         "i7-6500u, opteron-6367 or raspberry-pi-4"},
    }),
    name_of);

}  // namespace
}  // namespace gradwire
