#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/config/syntax/limits.hpp"
#include "core/config/syntax/pipeline_file.hpp"
#include "core/os/system_error.hpp"

namespace ixyflow {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) noexcept : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const noexcept { return fd_; }

 private:
  int fd_;
};

std::unexpected<Error> unreadable(const std::string& path, std::string_view why) {
  return fail(ExitCode::input, fmt::format("cannot read '{}': {}", printable(path), why));
}

/// Waits a moment for data in a pipe, or for its end.
bool somebody_writes(int fd) {
  constexpr int kPatienceMs = 800;
  pollfd entry{.fd = fd, .events = POLLIN, .revents = 0};
  return ::poll(&entry, 1, kPatienceMs) != 0;
}

}  // namespace

Result<std::string> read_pipeline_text(const std::string& path) {
  // Without O_NONBLOCK the open of a named pipe would wait for somebody who writes to it.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  struct stat status {};
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0) return unreadable(path, system_error_text(errno));
  if (S_ISDIR(status.st_mode)) return unreadable(path, "it is a directory");
  if (!S_ISREG(status.st_mode) && !S_ISFIFO(status.st_mode))
    return unreadable(path, "it is neither a file nor a pipe");

  // The size is only a hint: some regular files (in /proc) have none, and others grow.
  std::string text;
  text.resize(limits::kFileBytes + 1);
  std::size_t size = 0;
  bool waited = false;
  while (size < text.size()) {
    const ssize_t count = ::read(file.get(), text.data() + size, text.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count > 0) {
      size += static_cast<std::size_t>(count);
      continue;
    }
    if (count < 0 && errno != EAGAIN) return unreadable(path, system_error_text(errno));
    // A pipe that nobody has opened for writing yet looks as if it was at its end.
    const bool may_begin = S_ISFIFO(status.st_mode) && size == 0 && !waited;
    if (count == 0 && !may_begin) break;
    if (!somebody_writes(file.get())) return unreadable(path, "nobody writes to the pipe");
    waited = true;
  }
  if (size > limits::kFileBytes)
    return unreadable(path, fmt::format("it has more than {} MiB", limits::kFileBytes >> 20));
  text.resize(size);
  text.shrink_to_fit();
  return text;
}

}  // namespace ixyflow
