#include "sim/results/export.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/sim/results/examples.hpp"

namespace gradwire {
namespace {

class ExportTest : public ::testing::Test {
 protected:
  // A store with these results in a folder of its own.
  ResultStore store_with(const std::string& name, const std::vector<RepeatResult>& results) {
    ResultStore store = ResultStore::open(folder_.path() / name, example_run());
    for (const RepeatResult& result : results) store.add(result);
    return store;
  }
  std::filesystem::path csv() const { return folder_.path() / "csv"; }

 private:
  TemporaryFolder folder_;
};

TEST_F(ExportTest, CsvBeginsWithThePoint) {
  RepeatResult result = example_result(3, 1, 1);
  result.accuracy.reset();
  export_csv(store_with("run", {result}), csv());
  const std::string hash_a(64, 'a');
  const std::string hash_b(64, 'b');
  EXPECT_EQ(read_file(csv() / "repeats.csv"),
            "point,network.nodes,network.bandwidth,repeat,seed,train_seconds,epochs,loss,accuracy,"
            "weights_sha256,bytes_sent,host_distorted,distortion,extrapolated,steps_total,"
            "steps_run,arithmetic,seconds_per_step,seconds_per_step_spread,steps_left_out\n"
            "3,2,1Gbit,1,2,15.75,1,0.5,," +
                hash_a + ",4000000,false,,true,375,10,full,0.03125,0.0009765625,5\n");
  EXPECT_EQ(read_file(csv() / "epochs.csv"),
            "point,network.nodes,network.bandwidth,repeat,epoch,seconds,end_seconds,loss,accuracy\n"
            "3,2,1Gbit,1,1,6.25,6.25,1,0.5\n");
  EXPECT_EQ(read_file(csv() / "node_times.csv"),
            "point,network.nodes,network.bandwidth,repeat,rank,compute_seconds,send_seconds,"
            "wait_seconds,reduce_seconds,bytes_sent,messages_sent\n"
            "3,2,1Gbit,1,0,1,2,3,0.125,1003,11\n");
  EXPECT_EQ(read_file(csv() / "links.csv"),
            "point,network.nodes,network.bandwidth,repeat,link,bytes,busy_seconds,"
            "requested_bits_per_second,queue_peak_bytes,drops\n"
            "3,2,1Gbit,1,h1->switch,2000,0.5,10000000,3028,0\n");
  EXPECT_EQ(
      read_file(csv() / "weights.csv"),
      "point,network.nodes,network.bandwidth,repeat,step,sha256\n3,2,1Gbit,1,0," + hash_b + "\n");
}

TEST_F(ExportTest, CsvHasScoresAndConfusion) {
  export_csv(store_with("run", {example_result(0, 0, 1)}), csv());
  EXPECT_EQ(read_file(csv() / "epoch_scores.csv"),
            "point,network.nodes,network.bandwidth,repeat,epoch,name,value,low,high\n"
            "0,1,10Mbit,0,1,loss,1.25,,\n"
            "0,1,10Mbit,0,1,bleu4,0.5,0.25,0.75\n");
  EXPECT_EQ(read_file(csv() / "confusion.csv"),
            "point,network.nodes,network.bandwidth,repeat,label,taken_for,samples\n"
            "0,1,10Mbit,0,0,0,5\n0,1,10Mbit,0,0,1,1\n"
            "0,1,10Mbit,0,1,0,0\n0,1,10Mbit,0,1,1,7\n");
}

TEST_F(ExportTest, CsvHasMetrics) {
  export_csv(store_with("run", {example_result(0, 0, 1)}), csv());
  EXPECT_EQ(read_file(csv() / "metrics.csv"),
            "point,network.nodes,network.bandwidth,repeat,rank,line,seconds,key,value\n"
            "0,1,10Mbit,0,0,2,0.5,loss,0.25\n"
            "0,1,10Mbit,0,1,3,0.75,note,\"a,b\"\n");
}

TEST_F(ExportTest, CsvHasResourceSamples) {
  export_csv(store_with("run", {example_result(0, 0, 1)}), csv());
  EXPECT_EQ(read_file(csv() / "resource_samples.csv"),
            "point,network.nodes,network.bandwidth,repeat,rank,seconds,cpu_share,memory_bytes,"
            "bytes_received,bytes_sent,packets_received,packets_sent,retransmits,gpu_share,"
            "gpu_memory_bytes\n"
            "0,1,10Mbit,0,0,1,0.5,4096,10,20,1,2,0,,\n"
            "0,1,10Mbit,0,0,2,0.25,8192,30,40,3,4,5,0.75,1024\n");
}

TEST_F(ExportTest, CsvQuotesWhatNeedsIt) {
  RepeatResult result = example_result(0, 0, 1);
  result.distortion = "timers late, by \"2 ms\"";
  export_csv(store_with("run", {result}), csv());
  EXPECT_NE(read_file(csv() / "repeats.csv").find(R"(,"timers late, by ""2 ms""",)"),
            std::string::npos);
}

TEST_F(ExportTest, EqualResultsGiveEqualBytes) {
  const ResultStore forwards = store_with("a", {example_result(0, 0), example_result(1, 1)});
  const ResultStore backwards = store_with("b", {example_result(1, 1), example_result(0, 0)});
  EXPECT_EQ(export_json(forwards), export_json(backwards));
  export_csv(forwards, csv() / "a");
  export_csv(backwards, csv() / "b");
  for (const char* name :
       {"repeats.csv", "epochs.csv", "node_times.csv", "links.csv", "weights.csv",
        "link_checks.csv", "network_settings.csv", "epoch_scores.csv", "confusion.csv",
        "metrics.csv", "resource_samples.csv"}) {
    EXPECT_EQ(read_file(csv() / "a" / name), read_file(csv() / "b" / name)) << name;
  }
}

TEST_F(ExportTest, JsonHoldsEverything) {
  const auto json = nlohmann::json::parse(export_json(store_with("run", {example_result(2, 0)})));
  EXPECT_EQ(json["gradwire_results"], 1);
  EXPECT_EQ(json["axes"], (std::vector<std::string>{"network.nodes", "network.bandwidth"}));
  EXPECT_EQ(json["resolved_scenario"], example_run().resolved_scenario);
  EXPECT_EQ(json["runs"][0]["commit"], "abc123");
  const nlohmann::json& repeat = json["repeats"][0];
  EXPECT_EQ(repeat["point"]["network.nodes"], 2);
  EXPECT_EQ(repeat["nodes"][1]["compute_seconds"], 2.0);
  EXPECT_EQ(repeat["epoch_results"][1]["end_seconds"], 12.5);
  EXPECT_EQ(repeat["links"][0]["link"], "h2->switch");
  EXPECT_EQ(repeat["weight_hashes"][1]["step"], 100);
  EXPECT_EQ(repeat["network_settings"]["setting 1"], "on");
  EXPECT_EQ(repeat["epoch_results"][1]["scores"]["bleu4"]["high"], 0.75);
  EXPECT_EQ(repeat["epoch_results"][1]["scores"]["loss"]["low"], nullptr);
  EXPECT_EQ(repeat["confusion"][1][1], 7);
  EXPECT_EQ(repeat["metrics"][1]["value"], "a,b");
  EXPECT_EQ(repeat["resource_samples"][1]["retransmits"], 5);
  EXPECT_EQ(repeat["resource_samples"][0]["gpu_share"], nullptr);
}

TEST_F(ExportTest, AFileThatCannotBeWrittenIsAnError) {
  std::filesystem::create_directories(csv() / "epochs.csv");
  EXPECT_EQ(message_of<ResultsError>(
                [&] { export_csv(store_with("run", {example_result(0, 0)}), csv()); }),
            (csv() / "epochs.csv").string() + ": cannot write this file");
}

}  // namespace
}  // namespace gradwire
