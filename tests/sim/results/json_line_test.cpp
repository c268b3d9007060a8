#include "sim/results/json_line.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "tests/sim/results/examples.hpp"

namespace gradwire {
namespace {

TEST(JsonLine, KeysAreInTheirFixedOrder) {
  EXPECT_EQ(
      json_line(example_run(), example_result(1, 1)),
      R"({"scenario":"vnx-mlp","mode":"virtual","point":{"network.nodes":1,)"
      R"("network.bandwidth":"1Gbit"},"repeat":1,"train_seconds":13.75,"epochs":2,"loss":0.5,)"
      R"("accuracy":0.9,"weights_sha256":")" +
          std::string(64, 'a') +
          R"(","bytes_sent":2000000,"host_distorted":false,"extrapolated":true,)"
          R"("steps_total":375,"steps_run":10,"arithmetic":"full","seconds_per_step":0.03125,)"
          R"("distortion":null,"seconds_per_step_spread":0.0009765625,"seed":2,"steps_left_out":5})");
}

TEST(JsonLine, UnknownIsNull) {
  RepeatResult result;  // nothing but a time
  result.train_seconds = 1.5;
  result.loss = std::numeric_limits<double>::quiet_NaN();
  const std::string line = json_line(example_run_without_sweep(), result);
  EXPECT_EQ(line.find("\"point\":{},"), line.find("\"point\""));
  for (const char* key :
       {"loss", "accuracy", "weights_sha256", "distortion", "seconds_per_step_spread"}) {
    EXPECT_NE(line.find(std::string("\"") + key + "\":null"), std::string::npos) << key;
  }
}

TEST(JsonLine, StaysOneLineWhateverTheText) {
  RepeatResult result = example_result(0, 0);
  result.host_distorted = true;
  result.distortion = "late\nby \"2 ms\" \xff";  // the last byte is not UTF-8
  const std::string line = json_line(example_run(), result);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_NE(line.find(R"("distortion":"late\nby \"2 ms\" )"
                      "\xEF\xBF\xBD\""),
            std::string::npos)
      << line;
}

}  // namespace
}  // namespace gradwire
