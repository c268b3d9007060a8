#include "trainer/checkpoint.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>

#include "trainer/data/dataset.hpp"

namespace gradwire {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using namespace std::chrono_literals;

class CheckpointTest : public testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove(path_); }

  static Checkpoint example() {
    NodeState node;
    node.parameters = {1.5F, -2.0F, 3.0F};
    node.optimizer = {0.25F};
    node.loss_sum = 0.1;
    WorkerReport& report = node.report;
    report.epochs.push_back({TimePoint(1s),
                             TimePoint(3s),
                             2.5,
                             96,
                             0.75,
                             {{"loss", 0.5}, {"bleu4", 0.25, 0.125, 0.5}}});
    report.epochs.push_back({TimePoint(4s), TimePoint(), 1.25, 40, std::nullopt});
    report.step_ends = {TimePoint(2s), TimePoint(3s), TimePoint(4s + 1ns)};
    report.compute = 5ms;
    report.exchange = {1ns, 2ns, 3ns};
    report.sent = {Bytes{12'345'678'901}, 77};
    report.weights_sha256 = "fed";
    report.hashes = {{3, "abc"}, {6, "def"}};
    report.confusion = {3, 1, 0, 4};
    NodeState other = node;
    other.optimizer = {};
    other.loss_sum = 0.3;
    NodeState third = other;
    third.parameters = {4, 5, 6};
    return {"mlp|sgd", 7, {node, node, other, third}, "links and samples"};
  }

  std::string bytes() const {
    std::ifstream file(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  void write(const std::string& bytes) { std::ofstream(path_, std::ios::binary) << bytes; }

  std::string refusal() {
    try {
      read_checkpoint(path_);
    } catch (const DataError& error) {
      return std::string(error.what()).substr(path_.string().size());
    }
    return "";
  }

  std::filesystem::path path_ =
      std::filesystem::temp_directory_path() / ("checkpoint-test-" + std::to_string(getpid()));
};

TEST_F(CheckpointTest, IsReadAsItWasWritten) {
  write_checkpoint(path_, example());
  EXPECT_EQ(read_checkpoint(path_), example());
  EXPECT_FALSE(std::filesystem::exists(path_.string() + ".next"));
}

TEST_F(CheckpointTest, AnyChangedByteIsNoticed) {
  write_checkpoint(path_, example());
  const std::string whole = bytes();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    write(damaged);
    EXPECT_NE(refusal(), "") << "byte " << at;
    write(whole.substr(0, at));
    EXPECT_NE(refusal(), "") << "cut at " << at;
  }
}

TEST_F(CheckpointTest, SaysWhatIsWrong) {
  write("something else that is long enough to be a checkpoint");
  EXPECT_THAT(refusal(), HasSubstr(": more is announced than there is"));
  write_checkpoint(path_, example());
  std::string version = bytes();
  version[8 + 19] = 9;  // after the length and the text of "gradwire checkpoint"
  write(version);
  EXPECT_THAT(refusal(), EndsWith("a checkpoint of version 9; allowed: 3"));
}

TEST_F(CheckpointTest, AStateTravelsAsBytes) {
  const NodeState state = example().nodes[0];
  const std::string bytes = to_bytes(state);
  EXPECT_EQ(state_from_bytes(bytes), state);
  EXPECT_THROW(state_from_bytes(bytes + "x"), DataError);
  EXPECT_THROW(state_from_bytes(bytes.substr(1)), DataError);
}

}  // namespace
}  // namespace gradwire
