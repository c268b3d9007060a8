#include "trainer/checkpoint.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>

#include "trainer/data/dataset.hpp"

namespace gradwire {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

class CheckpointFile : public testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove(path_); }

  static Checkpoint example() {
    NodeState node;
    node.parameters = {1.5F, -2.0F, 3.0F};
    node.optimizer = {0.25F};
    node.loss_sum = 0.1;
    node.epochs = {{2.5, 0.75, {{"loss", 0.5}, {"bleu4", 0.25, 0.125, 0.5}}}, {1.25, std::nullopt}};
    node.hashes = {{3, "abc"}, {6, "def"}};
    NodeState other = node;
    other.optimizer = {};
    other.loss_sum = 0.3;
    NodeState third = other;
    third.parameters = {4, 5, 6};
    return {"mlp|sgd", 7, {node, node, other, third}};
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

TEST_F(CheckpointFile, IsReadAsItWasWritten) {
  write_checkpoint(path_, example());
  EXPECT_EQ(read_checkpoint(path_), example());
  EXPECT_FALSE(std::filesystem::exists(path_.string() + ".next"));
}

TEST_F(CheckpointFile, AnyChangedByteIsNoticed) {
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

TEST_F(CheckpointFile, SaysWhatIsWrong) {
  write("something else that is long enough to be a checkpoint");
  EXPECT_THAT(refusal(), HasSubstr(": more is announced than there is"));
  write_checkpoint(path_, example());
  std::string version = bytes();
  version[8 + 19] = 9;  // after the length and the text of "gradwire checkpoint"
  write(version);
  EXPECT_THAT(refusal(), EndsWith("a checkpoint of version 9; allowed: 2"));
}

TEST_F(CheckpointFile, OfAnotherTrainingIsRefused) {
  write_checkpoint(path_, example());
  EXPECT_EQ(Checkpoints(path_, "mlp|sgd", 4, 5).resumed_steps(), 7);
  EXPECT_THROW(Checkpoints(path_, "mlp|adam", 4, 5), DataError);
  EXPECT_THROW(Checkpoints(path_, "mlp|sgd", 3, 5), DataError);
}

TEST_F(CheckpointFile, IsWrittenWhenEveryNodeHasHandedInItsState) {
  Checkpoints checkpoints(path_, "t", 2, 5);
  EXPECT_EQ(checkpoints.resumed_steps(), 0);
  EXPECT_TRUE(checkpoints.is_due(10));
  EXPECT_FALSE(checkpoints.is_due(7));
  const NodeState state = example().nodes[0];
  checkpoints.add(5, 1, state);
  // A node may be ahead of another.
  checkpoints.add(10, 1, state);
  EXPECT_FALSE(std::filesystem::exists(path_));
  checkpoints.add(5, 0, state);
  EXPECT_EQ(read_checkpoint(path_).steps, 5);
  EXPECT_EQ(Checkpoints(path_, "t", 2, 5).resumed_state(1), state);
  EXPECT_FALSE(Checkpoints(path_, "t", 2, 5).is_due(5));
}

}  // namespace
}  // namespace gradwire
