#include "core/os/files/trusted_path.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <string_view>
#include <vector>

#include "core/base/diagnostics.hpp"
#include "core/os/system_error.hpp"

namespace ixyflow {

namespace {

constexpr int kLookUp = O_PATH | O_CLOEXEC;

/// A path that is walked from name to name.
class Walk {
 public:
  explicit Walk(const std::string& path) : path_(path) {}

  Result<TrustedPath> go() {
    if (path_.empty()) return cannot(ENOENT);
    if (const int error = begin(path_); error != 0) return cannot(error);
    while (!names_.empty()) {
      name_ = names_.back();
      names_.pop_back();
      const FileDescriptor next(::openat(folder_.get(), name_.c_str(), kLookUp | O_NOFOLLOW));
      struct stat status {};
      // The last one need not be there.
      if (!next.open() && errno == ENOENT && names_.empty()) break;
      if (!next.open() || ::fstat(next.get(), &status) != 0) return cannot(errno);
      if (S_ISLNK(status.st_mode)) {
        if (status.st_uid != 0 && status.st_uid != ::geteuid()) return foreign(status.st_uid);
        if (on_procfs() && names_.empty()) return end(true);
        if (const int error = follow(next); error != 0) return cannot(error);
      } else if (!names_.empty()) {
        if (const int error = enter(O_NOFOLLOW); error != 0) return cannot(error);
      }
    }
    return end(false);
  }

 private:
  std::unexpected<Error> cannot(int error) const { return fail(ExitCode::output, system_error_text(error)); }
  std::unexpected<Error> foreign(uid_t owner) const {
    return fail(ExitCode::refused,
                fmt::format("it goes through the symbolic link '{}', which belongs to another user ({})",
                            printable(name_), owner));
  }

  Result<TrustedPath> end(bool magic_link) {
    return TrustedPath{.folder = std::move(folder_), .name = name_, .magic_link = magic_link};
  }

  /// Puts the names of `path` before those that are left, and starts where it does.
  int begin(std::string_view path) {
    std::vector<std::string> names;
    if (path.ends_with('/')) names.emplace_back(".");
    for (std::size_t end = path.size(); end > 0;) {
      const std::size_t slash = path.rfind('/', end - 1);
      const std::size_t start = slash == std::string_view::npos ? 0 : slash + 1;
      if (start < end) names.emplace_back(path.substr(start, end - start));
      end = slash == std::string_view::npos ? 0 : slash;
    }
    names_.insert(names_.end(), names.begin(), names.end());
    if (!path.starts_with('/') && folder_.open()) return 0;
    folder_ = FileDescriptor(::open(path.starts_with('/') ? "/" : ".", kLookUp | O_DIRECTORY));
    return folder_.open() ? 0 : errno;
  }

  int enter(int flags) {
    FileDescriptor next(::openat(folder_.get(), name_.c_str(), kLookUp | O_DIRECTORY | flags));
    if (!next.open()) return errno;
    folder_ = std::move(next);
    return 0;
  }

  int follow(const FileDescriptor& link) {
    if (on_procfs()) return enter(0);
    if (++links_ > 40) return ELOOP;
    std::array<char, PATH_MAX> target;
    const ssize_t length = ::readlinkat(link.get(), "", target.data(), target.size());
    if (length <= 0 || static_cast<std::size_t>(length) == target.size()) return length < 0 ? errno : ENOENT;
    return begin({target.data(), static_cast<std::size_t>(length)});
  }

  /// Links there lead to what has no path, too.
  [[nodiscard]] bool on_procfs() const {
    struct statfs status {};
    return ::fstatfs(folder_.get(), &status) == 0 && status.f_type == PROC_SUPER_MAGIC;
  }

  const std::string& path_;
  FileDescriptor folder_;
  std::vector<std::string> names_;  ///< that are left, the next one last
  std::string name_;
  int links_ = 0;
};

}  // namespace

Result<TrustedPath> follow_own_links(const std::string& path) {
  return Walk(path).go();
}

}  // namespace ixyflow
