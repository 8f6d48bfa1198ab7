#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <string_view>
#include <utility>

#include "core/config/syntax/limits.hpp"
#include "core/config/syntax/pipeline_file.hpp"
#include "core/os/file_descriptor.hpp"
#include "core/os/system_error.hpp"

namespace ixyflow {
namespace {

std::unexpected<Error> unreadable(const std::string& path, std::string_view why) {
  return fail(ExitCode::input, fmt::format("cannot read '{}': {}", printable(path), why));
}

/// Waits a moment for data in a pipe, or for its end.
bool somebody_writes(int fd) {
  constexpr int kPatienceMs = 800;
  pollfd entry{.fd = fd, .events = POLLIN, .revents = 0};
  return ::poll(&entry, 1, kPatienceMs) != 0;
}

struct Source {
  FileDescriptor file;
  bool pipe = false;  ///< else a regular file
};

Result<Source> open_source(const std::string& path) {
  // Without O_NONBLOCK the open of a named pipe would wait for somebody who writes to it.
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  struct stat status {};
  if (!file.open() || ::fstat(file.get(), &status) != 0) return unreadable(path, system_error_text(errno));
  if (S_ISDIR(status.st_mode)) return unreadable(path, "it is a directory");
  if (!S_ISREG(status.st_mode) && !S_ISFIFO(status.st_mode))
    return unreadable(path, "it is neither a file nor a pipe");
  return Source{std::move(file), S_ISFIFO(status.st_mode)};
}

/// Reads to the end, or until `text` is full; returns the number of bytes.
Result<std::size_t> read_all(const std::string& path, const Source& source, std::string& text) {
  std::size_t size = 0;
  bool waited = false;
  while (size < text.size()) {
    const ssize_t count = ::read(source.file.get(), text.data() + size, text.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count > 0) {
      size += static_cast<std::size_t>(count);
      continue;
    }
    if (count < 0 && errno != EAGAIN) return unreadable(path, system_error_text(errno));
    // A pipe that nobody has opened for writing yet looks as if it was at its end.
    const bool may_begin = source.pipe && size == 0 && !waited;
    if (count == 0 && !may_begin) break;
    if (!somebody_writes(source.file.get())) return unreadable(path, "nobody writes to the pipe");
    waited = true;
  }
  return size;
}

}  // namespace

Result<std::string> read_pipeline_text(const std::string& path) {
  const auto source = open_source(path);
  if (!source) return std::unexpected(source.error());
  // The size that the system tells is only a hint: some regular files (in /proc) have none, and others grow.
  std::string text;
  text.resize(limits::kFileBytes + 1);
  const auto size = read_all(path, *source, text);
  if (!size) return std::unexpected(size.error());
  if (*size > limits::kFileBytes)
    return unreadable(path, fmt::format("it has more than {} MiB", limits::kFileBytes >> 20));
  text.resize(*size);
  text.shrink_to_fit();
  return text;
}

}  // namespace ixyflow
