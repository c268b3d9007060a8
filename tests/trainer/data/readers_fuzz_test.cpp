// Every reader against files that are damaged at random: it reads them or refuses them with a
// DataError (of traces a TraceError), and does nothing else.
#include <openssl/sha.h>

#include "netmodel/dynamics/rate_trace.hpp"
#include "tests/damaged_files.hpp"
#include "tests/trainer/data/idx_bytes.hpp"
#include "tests/trainer/data/jpeg_bytes.hpp"
#include "trainer/checkpoint.hpp"
#include "trainer/data/cifar10.hpp"
#include "trainer/data/flickr8k.hpp"
#include "trainer/data/idx.hpp"
#include "trainer/data/image_folders.hpp"
#include "trainer/data/named_tensors.hpp"
#include "trainer/data/npy.hpp"

namespace gradwire {
namespace {

class Readers : public DamagedFiles {
 protected:
  void check(const std::vector<File>& files, const std::function<void()>& read) {
    check_reader<DataError>(files, read);
  }
};

TEST_F(Readers, Idx) {
  using idx_bytes::images;
  const std::string labels = idx_bytes::labels(std::string("\0\1\2\3", 4));
  const std::string pixels(24, 'a');
  check({{"train-images-idx3-ubyte", images(4, 2, 3, pixels)},
         {"train-labels-idx1-ubyte.gz", idx_bytes::gzipped(labels)},
         {"t10k-images-idx3-ubyte.gz", idx_bytes::gzipped(images(4, 2, 3, pixels))},
         {"t10k-labels-idx1-ubyte", labels}},
        [&] { load_idx(folder_, {}, {}); });
}

TEST_F(Readers, Cifar10) {
  check({{"data_batch_1.bin", std::string(2 * 3073, '\3')},
         {"test_batch.bin", std::string(3073, '\3')}},
        [&] { load_cifar10(folder_, {}, {}); });
}

TEST_F(Readers, Npy) {
  write_npy(folder_ / "whole.npy", std::vector<std::int64_t>{2, 3},
            std::vector<float>{1, 2, 3, 4, 5, 6});
  check({{"a.npy", read_back("whole.npy")}}, [&] { read_npy(folder_ / "a.npy"); });
}

TEST_F(Readers, Flickr8k) {
  write_npy(folder_ / "features.npy", std::vector<std::int64_t>{2, 1}, std::vector<float>{1, 2});
  const std::string array = read_back("features.npy");
  check({{"Flickr8k.token.txt", "a.jpg#0\tA dog .\nb.jpg#0\tA cat and a dog .\n"},
         {"Flickr_8k.trainImages.txt", "a.jpg\n"},
         {"Flickr_8k.devImages.txt", "b.jpg\n"},
         {"Flickr_8k.testImages.txt", "b.jpg\n"},
         {"features_names.txt", "a.jpg\nb.jpg\n"},
         {"features.npy", array}},
        [&] { load_flickr8k(find_flickr8k(folder_)); });
}

TEST_F(Readers, Flickr8kPhotographs) {
  check({{"Flickr8k.token.txt", "a.jpg#0\tA dog .\n"},
         {"Flickr_8k.trainImages.txt", "a.jpg\n"},
         {"Flickr_8k.devImages.txt", "a.jpg\n"},
         {"Flickr_8k.testImages.txt", "a.jpg\n"},
         {"images/a.jpg", jpeg_bytes::bands({1, 200})}},
        [&] { load_flickr8k(find_flickr8k(folder_, 4)); });
}

TEST_F(Readers, ImageFolders) {
  check({{"train/a/1.jpg", jpeg_bytes::bands({10, 90, 30})},
         {"train/b/2.jpg", jpeg_bytes::bands({255})},
         {"test/a/3.jpg", jpeg_bytes::bands({0, 255})}},
        [&] { load_image_folders(folder_, 5, {}); });
}

TEST_F(Readers, Safetensors) {
  write_safetensors(folder_ / "whole",
                    {{"0.weight", {2, 3}, {1, 2, 3, 4, 5, 6}}, {"0.bias", {3}, {1, 2, 3}}});
  check({{"w.safetensors", read_back("whole")}}, [&] { read_tensors(folder_ / "w.safetensors"); });
}

// Anybody can make a checksum.
TEST_F(Readers, Checkpoint) {
  NodeState state;
  state.parameters = {1, 2, 3};
  state.optimizer = {4};
  state.loss_sum = 5;
  state.report.epochs = {
      {.loss_sum = 1, .accuracy = 0.5, .scores = {{.name = "top5", .value = 0.9}}}};
  state.report.step_ends = {TimePoint{}, TimePoint{}};
  state.report.hashes = {{7, "abc"}};
  write_checkpoint(folder_ / "whole", {"of something", 7, {state, state}, "seen"});
  const std::string whole = read_back("whole");
  const auto signed_again = [](std::string body) {
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256(reinterpret_cast<const unsigned char*>(body.data()), body.size(), digest);
    return body.append(reinterpret_cast<const char*>(digest), sizeof(digest));
  };
  const std::string body = whole.substr(0, whole.size() - SHA256_DIGEST_LENGTH);
  ASSERT_EQ(signed_again(body), whole);
  check({{"c.checkpoint", body}}, [&] {
    write({"signed", signed_again(read_back("c.checkpoint"))});
    read_checkpoint(folder_ / "signed");
  });
}

TEST_F(Readers, Trace) {
  check_reader<TraceError>({{"t.csv", "0,1\n0.5,20\n1.5,3.25\n"}},
                           [&] { check_trace(folder_ / "t.csv", BitsPerSecond{1'000'000}); });
}

}  // namespace
}  // namespace gradwire
