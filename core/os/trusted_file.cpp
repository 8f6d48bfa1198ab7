#include "core/os/trusted_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <string_view>
#include <utility>

#include "core/base/diagnostics.hpp"
#include "core/os/system_error.hpp"

namespace ixyflow {

namespace {

/// Whether others than owner and group have entries of their own, which show in the group's bits.
bool has_access_list(const FileDescriptor& file) {
  // By its link, because what was opened by O_PATH has no attributes.
  const std::string link = fmt::format("/proc/self/fd/{}", file.get());
  // What cannot be known is distrusted.
  return ::getxattr(link.c_str(), "system.posix_acl_access", nullptr, 0) > 0 ||
         (errno != ENODATA && errno != EOPNOTSUPP);
}

/// What of a file matters: that it was not written by others, or that they cannot exchange what is in it.
enum class Kind : std::uint8_t {
  file,
  passed,  ///< a folder on the way: what all may write to is good if they cannot touch what is others'
           ///< (sticky)
  filled,  ///< a folder in which others may not put anything
};

/// Why others could have changed it, or "". `path`: of a folder.
std::string distrust(const FileDescriptor& file, const struct stat& status, Kind kind,
                     std::string_view path) {
  const std::string what = kind == Kind::file ? "it" : fmt::format("its folder '{}'", printable(path));
  if (status.st_uid != 0 && status.st_uid != ::geteuid())
    return fmt::format("{} belongs to user {}, not to root{}", what, status.st_uid,
                       ::geteuid() == 0 ? "" : " or to you");
  // Root's group is as good as root.
  const bool by_list = (status.st_mode & S_IWGRP) != 0 && has_access_list(file);
  const bool by_group = by_list || ((status.st_mode & S_IWGRP) != 0 && status.st_gid != 0);
  const bool by_all = (status.st_mode & S_IWOTH) != 0;
  if (!by_group && !by_all) return "";
  if (kind == Kind::passed && (status.st_mode & S_ISVTX) != 0) return "";
  return fmt::format("{} can be written by {}, as its mode {:04o} says", what,
                     by_all    ? std::string("everybody")
                     : by_list ? std::string("whom its access control list names")
                               : fmt::format("group {}", status.st_gid),
                     status.st_mode & 07777);
}

std::unexpected<Error> refuse(std::string why) {
  return fail(ExitCode::configuration, std::move(why));
}

/// A path that is walked from folder to folder, each looked at as it is passed through.
class TrustedWalk {
 public:
  explicit TrustedWalk(const std::string& path)
      : path_(path), folder_(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC)) {}

  /// The folder that it stands in must be good for `kind`.
  Result<void> check(Kind kind) {
    struct stat status {};
    if (!folder_.open() || ::fstat(folder_.get(), &status) != 0) return refuse(system_error_text(errno));
    const std::string_view shown = end_ == 0 ? "/" : std::string_view(path_).substr(0, end_);
    if (std::string why = distrust(folder_, status, kind, shown); !why.empty()) return refuse(std::move(why));
    return {};
  }
  [[nodiscard]] std::size_t begin() const noexcept { return std::min(end_ + 1, path_.size()); }
  [[nodiscard]] bool at_last() const noexcept { return path_.find('/', begin()) == std::string::npos; }
  /// The next name, in the folder that it stands in.
  [[nodiscard]] std::string name() const { return path_.substr(begin(), path_.find('/', begin()) - begin()); }
  [[nodiscard]] int folder() const noexcept { return folder_.get(); }
  /// Goes into the folder of the next name; false, and `errno` says why.
  bool enter() {
    FileDescriptor next(::openat(folder(), name().c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!next.open()) return false;
    end_ = std::min(path_.find('/', begin()), path_.size());
    folder_ = std::move(next);
    return true;
  }

 private:
  const std::string& path_;
  FileDescriptor folder_;
  std::size_t end_ = 0;  ///< of what was walked
};

}  // namespace

Result<FileDescriptor> open_trusted(const std::string& path) {
  TrustedWalk walk(path);
  while (true) {
    if (auto good = walk.check(Kind::passed); !good) return std::unexpected(good.error());
    if (walk.at_last()) break;
    if (!walk.enter()) return refuse(system_error_text(errno));
  }
  struct stat status {};
  FileDescriptor file(::openat(walk.folder(), walk.name().c_str(),
                               O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!file.open() || ::fstat(file.get(), &status) != 0) return refuse(system_error_text(errno));
  if (!S_ISREG(status.st_mode)) return refuse("it is no regular file");
  if (std::string why = distrust(file, status, Kind::file, ""); !why.empty()) return refuse(std::move(why));
  return file;
}

Result<void> check_trusted_folder(const std::string& path) {
  TrustedWalk walk(path);
  while (!walk.name().empty()) {
    if (auto good = walk.check(Kind::passed); !good) return good;
    if (walk.enter()) continue;
    if (errno != ENOENT) return refuse(system_error_text(errno));
    break;
  }
  return walk.check(Kind::filled);
}

}  // namespace ixyflow
