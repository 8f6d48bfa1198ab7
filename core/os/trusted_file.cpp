#include "core/os/trusted_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <cerrno>
#include <string_view>

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

/// Why others could have changed it, or "". `folder`: "" for the file itself.
std::string distrust(const FileDescriptor& file, const struct stat& status, std::string_view folder) {
  const std::string what = folder.empty() ? "it" : fmt::format("its folder '{}'", printable(folder));
  if (status.st_uid != 0 && status.st_uid != ::geteuid())
    return fmt::format("{} belongs to user {}, not to root{}", what, status.st_uid,
                       ::geteuid() == 0 ? "" : " or to you");
  // Root's group is as good as root.
  const bool by_list = (status.st_mode & S_IWGRP) != 0 && has_access_list(file);
  const bool by_group = by_list || ((status.st_mode & S_IWGRP) != 0 && status.st_gid != 0);
  const bool by_all = (status.st_mode & S_IWOTH) != 0;
  if (!by_group && !by_all) return "";
  if (!folder.empty() && (status.st_mode & S_ISVTX) != 0) return "";
  return fmt::format("{} can be written by {}, as its mode {:04o} says", what,
                     by_all    ? std::string("everybody")
                     : by_list ? std::string("whom its access control list names")
                               : fmt::format("group {}", status.st_gid),
                     status.st_mode & 07777);
}

std::unexpected<Error> refuse(std::string why) {
  return fail(ExitCode::configuration, std::move(why));
}

}  // namespace

Result<FileDescriptor> open_trusted(const std::string& path) {
  FileDescriptor folder(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  for (std::size_t end = 0;;) {
    struct stat status {};
    if (!folder.open() || ::fstat(folder.get(), &status) != 0) return refuse(system_error_text(errno));
    if (std::string why = distrust(folder, status, end == 0 ? "/" : std::string_view(path).substr(0, end));
        !why.empty())
      return refuse(std::move(why));
    const std::size_t begin = end + 1;
    end = path.find('/', begin);
    const std::string name = path.substr(begin, end == std::string::npos ? end : end - begin);
    if (end == std::string::npos) {
      FileDescriptor file(
          ::openat(folder.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
      if (!file.open() || ::fstat(file.get(), &status) != 0) return refuse(system_error_text(errno));
      if (!S_ISREG(status.st_mode)) return refuse("it is no regular file");
      if (std::string why = distrust(file, status, ""); !why.empty()) return refuse(std::move(why));
      return file;
    }
    folder =
        FileDescriptor(::openat(folder.get(), name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  }
}

}  // namespace ixyflow
