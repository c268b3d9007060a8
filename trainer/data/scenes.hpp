// Generated pictures with captions: two coloured figures in a relation, so that captioning runs and
// learns with no download.
#pragma once

#include <cstdint>

#include "trainer/data/captions.hpp"

namespace gradwire {

/// Images of 3 x 32 x 32 with two figures, of five forms and six colours, one above, below, left or
/// right of the other, and five captions each, made by a grammar: the two figures in both orders.
/// The same seed gives the same bytes on every machine; scene i of a split does not depend on how
/// many there are. Counts are at least 0; there is no validation split.
CaptionedDataset make_scenes(std::int64_t train, std::int64_t test, std::uint64_t seed);

}  // namespace gradwire
