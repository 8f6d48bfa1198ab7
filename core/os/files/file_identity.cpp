#include "core/os/files/file_identity.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace ixyflow {

namespace {

std::optional<IdentifiedFile> identify(const struct stat& status) {
  if (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode) || S_ISDIR(status.st_mode)) return std::nullopt;
  return IdentifiedFile{.identity = {status.st_dev, status.st_ino, {}}, .pipe = !S_ISREG(status.st_mode)};
}

/// Of a file that is not there: by the folder that it will be in.
std::optional<IdentifiedFile> identify_missing(const std::filesystem::path& path) {
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  struct stat status {};
  if (!path.has_filename() || ::stat(folder.c_str(), &status) != 0) return std::nullopt;
  return IdentifiedFile{.identity = {status.st_dev, status.st_ino, path.filename().string()}};
}

}  // namespace

std::optional<IdentifiedFile> identify_file(const std::string& path) {
  constexpr int kMostLinks = 40;  // as the kernel has it
  std::filesystem::path place = path;
  for (int links = 0; links < kMostLinks; ++links) {
    struct stat status {};
    if (::stat(place.c_str(), &status) == 0) return identify(status);
    if (errno != ENOENT) return std::nullopt;
    std::error_code error;
    const std::filesystem::path target = std::filesystem::read_symlink(place, error);
    if (error) return identify_missing(place);
    place = place.parent_path() / target;
  }
  return std::nullopt;
}

std::optional<IdentifiedFile> identify_descriptor(int fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return std::nullopt;
  return identify(status);
}

}  // namespace ixyflow
