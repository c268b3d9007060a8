// The public data sets that `sim fetch` knows: where they are, and what they must be.
#pragma once

#include <string_view>
#include <vector>

#include "sim/fetch/fetch.hpp"

namespace gradwire {

std::vector<RemoteDataset> known_datasets();

/// The data set of that name. Throws std::invalid_argument, naming those there are.
RemoteDataset known_dataset(std::string_view name);

}  // namespace gradwire
