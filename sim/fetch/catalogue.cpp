#include "sim/fetch/catalogue.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <string>

namespace gradwire {

std::vector<RemoteDataset> known_datasets() {
  return {
      // LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document recognition",
      // Proceedings of the IEEE 86(11), 1998. SHA-256 of the files whose MD5 is the published one
      // (f68b3c2d..., d53e105e..., 9fb629c4..., ec29112d... in torchvision, datasets/mnist.py).
      {.name = "mnist",
       .mirrors = {"https://ossci-datasets.s3.amazonaws.com/mnist/",
                   "https://storage.googleapis.com/cvdf-datasets/mnist/"},
       .files = {{"train-images-idx3-ubyte.gz", 9912422, "sha256",
                  "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"},
                 {"train-labels-idx1-ubyte.gz", 28881, "sha256",
                  "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"},
                 {"t10k-images-idx3-ubyte.gz", 1648877, "sha256",
                  "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"},
                 {"t10k-labels-idx1-ubyte.gz", 4542, "sha256",
                  "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"}}},
      // Xiao, Rasul, Vollgraf, "Fashion-MNIST", arXiv:1708.07747, 2017; the MD5 published in the
      // README of github.com/zalandoresearch/fashion-mnist.
      {.name = "fashion-mnist",
       .mirrors = {"https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/"
                   "fashion/",
                   "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"},
       .files = {{"train-images-idx3-ubyte.gz", 26421880, "md5",
                  "8d4fb7e6c68d591d4c3dfef9ec88bf0d"},
                 {"train-labels-idx1-ubyte.gz", 29515, "md5", "25c81989df183df01b3e8a0aad5dffbe"},
                 {"t10k-images-idx3-ubyte.gz", 4422102, "md5", "bef4ecab320f06d8554ea6380940ec79"},
                 {"t10k-labels-idx1-ubyte.gz", 5148, "md5", "bb300cfdad3c16e7a12a480ee83cd310"}}},
  };
}

RemoteDataset known_dataset(std::string_view name) {
  std::string names;
  for (const RemoteDataset& dataset : known_datasets()) {
    if (dataset.name == name) return dataset;
    names += (names.empty() ? "" : ", ") + dataset.name;
  }
  throw std::invalid_argument(fmt::format("{}: no such data set; allowed: {}", name, names));
}

}  // namespace gradwire
