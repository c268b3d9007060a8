// Reads Flickr8k (Hodosh, Young, Hockenmaier, "Framing image description as a ranking task", JAIR
// 47, 2013): captions, splits and images, each image made small, or its features, in one array.
#pragma once

#include <filesystem>
#include <optional>

#include "trainer/data/captions.hpp"

namespace gradwire {

/// What is wrong with a caption file, a line of the form "image.jpg#0<tab>A caption .", or a list
/// is reported with the offset of the line.
struct Flickr8kFiles {
  std::filesystem::path captions;    ///< Flickr8k.token.txt
  std::filesystem::path train;       ///< Flickr_8k.trainImages.txt: a name a line
  std::filesystem::path validation;  ///< Flickr_8k.devImages.txt
  std::filesystem::path test;        ///< Flickr_8k.testImages.txt
  /// An array of NumPy: bytes [images, height, width, 3], or floats [images, features]; or a folder
  /// of photographs, JPEG files that are brought to `side` x `side` pixels.
  std::filesystem::path images;
  std::filesystem::path names;  ///< of an array: the file name of each row, a name a line
  int side = 0;                 ///< of a folder: pixels, at least 1
};

/// The files in a folder, the texts there or in the folder "text" below it; images are those of
/// "images32_uint8.npy" and "images32_names.txt", or else of "features.npy" and
/// "features_names.txt"; or else, and always with a `side`, those of the folder
/// "Flicker8k_Dataset", "Images" or "images", of kUsualSide without one. Throws DataError for one
/// that is missing.
Flickr8kFiles find_flickr8k(const std::filesystem::path& folder, std::optional<int> side = {});

/// Pixels a side of photographs that nothing else is said about.
inline constexpr int kUsualSide = 32;

/// Throws DataError for a file that is wrong, an image that is in a list but not in `names` or
/// without a caption, a caption without words, and as read_jpeg() does. Pixels are scaled by the
/// constants of ImageNet.
CaptionedDataset load_flickr8k(const Flickr8kFiles& files);

}  // namespace gradwire
