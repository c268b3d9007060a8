#include "trainer/checkpoints.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <filesystem>

#include "netmodel/task_group.hpp"
#include "trainer/data/dataset.hpp"

namespace gradwire {
namespace {

using Earlier = Checkpoints::Earlier;

class CheckpointFileTest : public testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove(path_); }

  CheckpointFile file(const std::string& training, int nodes,
                      Earlier earlier = Earlier::passed_through) const {
    return CheckpointFile(path_, training, nodes, 5, earlier);
  }

  static NodeState example(float weight) { return {{weight, -2.0F}, {0.25F}, 0.1}; }

  std::filesystem::path path_ =
      std::filesystem::temp_directory_path() / ("checkpoints-test-" + std::to_string(getpid()));
};

TEST_F(CheckpointFileTest, OfAnotherTrainingIsRefused) {
  write_checkpoint(path_, {"mlp|sgd", 7, {example(1), example(2)}});
  EXPECT_EQ(file("mlp|sgd", 2).resumed_steps(), 7);
  EXPECT_THROW(file("mlp|adam", 2), DataError);
  EXPECT_THROW(file("mlp|sgd", 3), DataError);
}

TEST_F(CheckpointFileTest, IsWrittenWhenEveryNodeHasHandedInItsState) {
  CheckpointFile checkpoints = file("t", 2);
  EXPECT_EQ(checkpoints.resumed_steps(), 0);
  EXPECT_TRUE(checkpoints.is_due(10));
  EXPECT_FALSE(checkpoints.is_due(7));
  checkpoints.observe([] { return "seen"; });
  EXPECT_FALSE(checkpoints.keep(5, 1, example(1)));
  // A node may be ahead of another.
  EXPECT_FALSE(checkpoints.keep(10, 1, example(2)));
  EXPECT_FALSE(std::filesystem::exists(path_));
  EXPECT_TRUE(checkpoints.keep(5, 0, example(3)));
  EXPECT_EQ(read_checkpoint(path_).steps, 5);
  EXPECT_EQ(file("t", 2).resumed_state(1), example(1));
  EXPECT_EQ(file("t", 2).resumed_observations(), "seen");
  EXPECT_FALSE(file("t", 2).is_due(5));
}

// Two nodes that hand in their states after five steps, and what became of that.
class HandingIn {
 public:
  explicit HandingIn(CheckpointFile& checkpoints) : checkpoints_(checkpoints) {}

  void hand_in(Rank rank) {
    nodes_.spawn(checkpoints_.add(5, rank, NodeState{{static_cast<float>(rank)}, {}, 0.0}));
    run();
  }
  void run() {
    context_.restart();
    context_.poll();
  }
  TaskGroup& nodes() { return nodes_; }

 private:
  CheckpointFile& checkpoints_;
  boost::asio::io_context context_{1};
  TaskGroup nodes_{context_.get_executor(), TaskGroup::OnError::cancel_others};
};

TEST_F(CheckpointFileTest, WhereTimesAreMeasuredEachWaitsForAll) {
  CheckpointFile checkpoints = file("t", 2, Earlier::left_out);
  HandingIn run(checkpoints);
  run.hand_in(1);
  EXPECT_EQ(run.nodes().running(), 1);
  run.hand_in(0);
  EXPECT_TRUE(run.nodes().done());
  EXPECT_TRUE(std::filesystem::exists(path_));
}

TEST_F(CheckpointFileTest, NobodyWaitsForANodeThatHasFailed) {
  CheckpointFile checkpoints = file("t", 3, Earlier::left_out);
  HandingIn run(checkpoints);
  run.hand_in(1);
  checkpoints.abandon();
  run.run();
  EXPECT_TRUE(run.nodes().done());
  EXPECT_THROW(std::rethrow_exception(run.nodes().first_error()), Checkpoints::Abandoned);
}

TEST_F(CheckpointFileTest, WhoIsCancelledIsNotWoken) {
  CheckpointFile checkpoints = file("t", 2, Earlier::left_out);
  HandingIn first(checkpoints);
  first.hand_in(1);
  first.nodes().cancel();
  first.run();
  EXPECT_TRUE(first.nodes().done());
  HandingIn second(checkpoints);
  second.hand_in(0);
  EXPECT_TRUE(second.nodes().done());
}

}  // namespace
}  // namespace gradwire
