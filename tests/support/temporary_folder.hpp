#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace ixyflow::test {

/// A new, empty folder of this test alone, which goes with all that is in it when the object does. Throws
/// std::runtime_error when there can be none.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  /// The path of what is called `name` in it.
  [[nodiscard]] std::string operator/(std::string_view name) const { return (path_ / name).string(); }
  /// Writes a file of that content into it and returns its path.
  std::string write(std::string_view name, std::string_view content) const;

 private:
  std::filesystem::path path_;
};

}  // namespace ixyflow::test
