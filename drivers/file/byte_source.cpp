#include "drivers/file/byte_source.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

#include "core/base/diagnostics.hpp"
#include "core/os/system_error.hpp"

namespace ixyflow::drivers {
namespace {

/// Bytes of one read: half of what two levels of cache hold, so that they are still there when they are
/// copied.
constexpr std::size_t kReadSize = 128 * 1024;
constexpr std::size_t kBufferSize = ByteSource::kMaxNeed + kReadSize;

std::unexpected<Error> cannot_read(const std::string& path, std::string_view reason) {
  return fail(ExitCode::input, fmt::format("cannot read '{}': {}", printable(path), reason));
}

}  // namespace

/// A file that fits gets room for itself, and for one byte that shows whether it has grown since.
ByteSource::ByteSource(int fd, bool fifo, std::uint64_t size)
    : fd_(fd),
      fifo_(fifo),
      size_(size),
      capacity_(fifo || size >= kBufferSize ? kBufferSize : static_cast<std::size_t>(size) + 1),
      buffer_(new std::uint8_t[capacity_]) {}

ByteSource::~ByteSource() {
  ::close(fd_);
}

Result<std::unique_ptr<ByteSource>> ByteSource::open(const std::string& path) {
  // O_NONBLOCK: opening a FIFO would wait for somebody to write to it. It changes nothing for regular files.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) return cannot_read(path, system_error_text(errno));
  struct stat status {};
  const bool known = ::fstat(fd, &status) == 0;
  if (!known || !(S_ISREG(status.st_mode) || S_ISFIFO(status.st_mode))) {
    const std::string reason = !known                    ? system_error_text(errno)
                               : S_ISDIR(status.st_mode) ? "it is a directory"
                                                         : "it is neither a regular file nor a FIFO";
    ::close(fd);
    return cannot_read(path, reason);
  }
  std::unique_ptr<ByteSource> source(
      new ByteSource(fd, S_ISFIFO(status.st_mode), static_cast<std::uint64_t>(status.st_size)));
  source->device_ = status.st_dev;
  source->inode_ = status.st_ino;
  return source;
}

void ByteSource::rewind() noexcept {
  if (::lseek(fd_, 0, SEEK_SET) < 0) error_ = errno;
  begin_ = end_ = 0;
  read_ = 0;
}

Fetch ByteSource::nothing_read() const noexcept {
  if (!fifo_) return Fetch::end;
  // An empty FIFO reads like a file at its end, also before its first writer came; only the hang-up tells
  // them apart.
  pollfd state{.fd = fd_, .events = POLLIN, .revents = 0};
  if (::poll(&state, 1, 0) <= 0) return Fetch::later;
  const bool hung_up = (state.revents & POLLHUP) != 0;
  const bool more = (state.revents & POLLIN) != 0;  // written between our read and the hang-up
  return hung_up && !more ? Fetch::end : Fetch::later;
}

bool ByteSource::take_all_room() noexcept {
  std::unique_ptr<std::uint8_t[]> room(new (std::nothrow) std::uint8_t[kBufferSize]);
  if (!room) {
    error_ = ENOMEM;
    return false;
  }
  std::memcpy(room.get(), buffer_.get(), end_);
  buffer_ = std::move(room);
  capacity_ = kBufferSize;
  return true;
}

Fetch ByteSource::fetch(std::size_t bytes) noexcept {
  if (begin_ != 0) {
    std::memmove(buffer_.get(), data(), available());
    end_ -= begin_;
    begin_ = 0;
  }
  while (end_ < bytes) {
    if (end_ == capacity_ && !take_all_room()) return Fetch::end;
    const ssize_t count = ::read(fd_, buffer_.get() + end_, std::min(kReadSize, capacity_ - end_));
    if (count > 0) {
      end_ += static_cast<std::size_t>(count);
      read_ += static_cast<std::uint64_t>(count);
    } else if (count == 0) {
      return nothing_read();
    } else if (errno == EAGAIN) {
      return Fetch::later;
    } else if (errno != EINTR) {
      error_ = errno;
      return Fetch::end;
    }
  }
  return Fetch::ready;
}

}  // namespace ixyflow::drivers
