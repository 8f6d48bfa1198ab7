#include "core/os/files/lock_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <thread>

#include "core/base/diagnostics.hpp"
#include "core/os/files/runtime_directory.hpp"
#include "core/os/system_error.hpp"

namespace ixyflow {

namespace {

std::string lock_path(std::string_view directory, std::string_view name) {
  return fmt::format("{}/{}.lock", directory, name);
}

/// Whether `file` still stands at `path`: who gave the lock up has removed it.
bool stands_at(const FileDescriptor& file, const std::string& path) noexcept {
  struct stat held {};
  struct stat there {};
  return ::fstat(file.get(), &held) == 0 && ::lstat(path.c_str(), &there) == 0 &&
         held.st_dev == there.st_dev && held.st_ino == there.st_ino;
}

/// Whether the process lives that wrote its number into the file. One of another PID namespace seems not to.
bool owner_lives(const FileDescriptor& file) noexcept {
  std::array<char, 16> text{};
  const ssize_t count = ::pread(file.get(), text.data(), text.size(), 0);
  pid_t owner = 0;
  if (count <= 0 || std::from_chars(text.data(), text.data() + count, owner).ec != std::errc()) return false;
  return owner > 0 && (::kill(owner, 0) == 0 || errno == EPERM);
}

void write_owner(const FileDescriptor& file) {
  const std::string text = fmt::format("{}\n", ::getpid());
  if (::ftruncate(file.get(), 0) != 0 ||
      ::pwrite(file.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
    // Then who comes next waits for it as for one that is gone.
  }
}

}  // namespace

Result<LockFile> LockFile::take(const std::string& directory, std::string_view name,
                                std::chrono::milliseconds patience) {
  if (auto made = prepare_runtime_directory(directory); !made) return std::unexpected(made.error());
  const std::string path = lock_path(directory, name);
  const auto until = std::chrono::steady_clock::now() + patience;
  while (true) {
    FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600));
    struct stat status {};
    if (!file.open() || ::fstat(file.get(), &status) != 0)
      return fail(ExitCode::output,
                  fmt::format("cannot make '{}': {}", printable(path), system_error_text(errno)));
    if (!S_ISREG(status.st_mode) || status.st_uid != ::geteuid() || (status.st_mode & 077) != 0)
      return fail(ExitCode::output,
                  fmt::format("'{}' is no file that only this user may open", printable(path)));
    if (::flock(file.get(), LOCK_EX | LOCK_NB) == 0) {
      if (!stands_at(file, path)) continue;
      write_owner(file);
      return LockFile(std::move(file), path);
    }
    if (errno != EWOULDBLOCK && errno != EINTR)
      return fail(ExitCode::output,
                  fmt::format("cannot lock '{}': {}", printable(path), system_error_text(errno)));
    if (owner_lives(file) || std::chrono::steady_clock::now() >= until)
      return fail(ExitCode::again, fmt::format("'{}' is locked by another process", printable(path)));
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

bool LockFile::taken(const std::string& directory, std::string_view name) noexcept {
  const FileDescriptor file(::open(lock_path(directory, name).c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  return file.open() && ::flock(file.get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

LockFile::~LockFile() {
  if (!file_.open()) return;
  ::unlink(path_.c_str());
  ::flock(file_.get(), LOCK_UN);
}

}  // namespace ixyflow
