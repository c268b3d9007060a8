// Checksums of files.
#pragma once

#include <filesystem>
#include <string>

namespace gradwire {

/// The digest of the file's contents in lower-case hexadecimal digits. Throws
/// std::invalid_argument for an algorithm other than "sha256" and "md5", and std::runtime_error for
/// a file that cannot be read.
std::string file_checksum(const std::filesystem::path& file, const std::string& algorithm);

}  // namespace gradwire
