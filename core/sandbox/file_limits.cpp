#include "core/sandbox/file_limits.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <filesystem>

#include "core/sandbox/lax.hpp"

// Landlock has no wrapper in the C library, and the headers of a system may be older than its kernel: what is
// needed of linux/landlock.h stands here, as Documentation/userspace-api/landlock.rst has it.

namespace ixyflow {

namespace {

#ifndef SYS_landlock_create_ruleset
// The same on all architectures.
constexpr long kCreateRules = 444, kAddRule = 445, kRestrictSelf = 446;
#else
constexpr long kCreateRules = SYS_landlock_create_ruleset, kAddRule = SYS_landlock_add_rule,
               kRestrictSelf = SYS_landlock_restrict_self;
#endif
constexpr unsigned kAskVersion = 1;
constexpr int kPathBeneath = 1;

struct RuleSetAttributes {
  std::uint64_t files;
  std::uint64_t net;
  std::uint64_t scoped;
};
struct [[gnu::packed]] PathBeneath {
  std::uint64_t allowed;
  std::int32_t parent;
};

// LANDLOCK_ACCESS_FS_*
constexpr std::uint64_t kExecute = 1 << 0, kWriteFile = 1 << 1, kReadFile = 1 << 2, kReadFolder = 1 << 3,
                        kRemoveFile = 1 << 5, kTruncate = 1 << 14, kIoctlDevice = 1 << 15;
constexpr std::uint64_t kRead = kReadFile | kReadFolder;
constexpr std::uint64_t kWrite = kRead | kWriteFile | kTruncate | kIoctlDevice;
constexpr std::uint64_t kOfFiles = kExecute | kWriteFile | kReadFile | kTruncate | kIoctlDevice;
constexpr std::uint64_t kTcp = 3;              // LANDLOCK_ACCESS_NET_BIND_TCP, _CONNECT_TCP
constexpr std::uint64_t kAbstractSockets = 1;  // LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET

/// All accesses to files that this version of Landlock knows.
std::uint64_t known_accesses(long version) {
  if (version < 2) return (1 << 13) - 1;
  if (version < 3) return (1 << 14) - 1;
  return version < 5 ? (1 << 15) - 1 : (1 << 16) - 1;
}

int allow(int rules, const std::string& path, std::uint64_t accesses) {
  const FileDescriptor place(::open(path.c_str(), O_PATH | O_CLOEXEC));
  if (!place.open()) return errno == ENOENT || errno == ENOTDIR ? 0 : errno;
  struct stat status {};
  if (::fstat(place.get(), &status) != 0) return errno;
  if (!S_ISDIR(status.st_mode)) accesses &= kOfFiles;
  const PathBeneath rule{accesses, place.get()};
  return ::syscall(kAddRule, rules, kPathBeneath, &rule, 0) == 0 ? 0 : errno;
}

std::string folder_of(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

}  // namespace

FileLimits::FileLimits(Kind kind, const Rights& kept) {
  if (kLaxSandbox) return;
  const long version = ::syscall(kCreateRules, nullptr, 0, kAskVersion);
  if (version < 1) {
    error_ = version < 0 ? errno : ENOSYS;
    return;
  }
  const std::uint64_t known = known_accesses(version);
  RuleSetAttributes attributes{known, version >= 4 ? kTcp : 0, version >= 6 ? kAbstractSockets : 0};
  // Reading is not limited by what the rules do not handle.
  if (kind == Kind::no_write) attributes.files &= ~(kRead | kIoctlDevice);
  rules_ = FileDescriptor(static_cast<int>(::syscall(kCreateRules, &attributes, sizeof attributes, 0)));
  if (!rules_.open()) error_ = errno;
  if (kind == Kind::no_write) return;
  const auto add = [&](const std::string& path, std::uint64_t accesses) {
    if (error_ == 0) error_ = allow(rules_.get(), path, accesses & known);
  };
  for (const std::string& path : kept.reads) add(path, kRead);
  for (const std::string& path : kept.writes) add(path, kWrite);
  for (const std::string& path : kept.removes) add(folder_of(path), kRemoveFile);
}

int FileLimits::apply() const noexcept {
  if (error_ != 0 || !rules_.open()) return error_;
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
  return ::syscall(kRestrictSelf, rules_.get(), 0) == 0 ? 0 : errno;
}

}  // namespace ixyflow
