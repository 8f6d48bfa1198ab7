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
#include "drivers/file/capture_name.hpp"

namespace ixyflow::drivers {
namespace {

/// Bytes of one read: half of what two levels of cache hold, so that they are still there when they are
/// copied.
constexpr std::size_t kReadSize = 128 * 1024;
constexpr std::size_t kBufferSize = ByteSource::kMaxNeed + kReadSize;

std::unexpected<Error> cannot_read(const std::string& path, std::string_view reason) {
  return fail(ExitCode::input, fmt::format("cannot read {}: {}", show_input(path), reason));
}

/// O_NONBLOCK: opening a FIFO would wait for somebody to write to it. It changes nothing for regular files.
FileDescriptor open_input(const std::string& path) {
  constexpr int kFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  if (path != kStandardStream) return FileDescriptor(::open(path.c_str(), kFlags));
  // Opened anew it does not block for us alone, whoever else has it. That is impossible for sockets.
  if (FileDescriptor file(::open("/proc/self/fd/0", kFlags)); file.open()) return file;
  FileDescriptor file(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  if (file.open()) ::fcntl(file.get(), F_SETFL, ::fcntl(file.get(), F_GETFL) | O_NONBLOCK);
  return file;
}

/// Why it cannot be a capture, whatever is in it; "": it can.
std::string_view unfit(const struct stat& status, bool standard_input, int fd) {
  if (S_ISREG(status.st_mode) || S_ISFIFO(status.st_mode)) return "";
  if (standard_input && S_ISSOCK(status.st_mode)) return "";
  if (S_ISDIR(status.st_mode)) return "it is a directory";
  if (::isatty(fd) != 0)
    return "it is a terminal: lead a capture into it, as in `tcpdump -w - | ixyflow run ...`";
  return "it is neither a regular file nor a FIFO";
}

}  // namespace

/// A file that fits gets room for itself, and for one byte that shows whether it has grown since.
ByteSource::ByteSource(FileDescriptor file, bool pipe, std::uint64_t size)
    : file_(std::move(file)),
      pipe_(pipe),
      size_(size),
      capacity_(pipe || size >= kBufferSize ? kBufferSize : static_cast<std::size_t>(size) + 1),
      buffer_(new std::uint8_t[capacity_]) {}

Result<std::unique_ptr<ByteSource>> ByteSource::open(const std::string& path) {
  FileDescriptor file = open_input(path);
  struct stat status {};
  if (!file.open() || ::fstat(file.get(), &status) != 0) return cannot_read(path, system_error_text(errno));
  if (const auto reason = unfit(status, path == kStandardStream, file.get()); !reason.empty())
    return cannot_read(path, reason);
  std::unique_ptr<ByteSource> source(
      new ByteSource(std::move(file), !S_ISREG(status.st_mode), static_cast<std::uint64_t>(status.st_size)));
  source->device_ = status.st_dev;
  source->inode_ = status.st_ino;
  return source;
}

void ByteSource::rewind() noexcept {
  if (::lseek(file_.get(), 0, SEEK_SET) < 0) error_ = errno;
  if (unpacker_) unpacker_->restart();
  packed_ = {};
  begin_ = end_ = 0;
  read_ = read_of_file_ = 0;
}

std::string_view ByteSource::packing_fault() const noexcept {
  return unpacker_ ? unpacker_->fault() : std::string_view();
}

Fetch ByteSource::nothing_read() const noexcept {
  if (!pipe_) return Fetch::end;
  // An empty FIFO reads like a file at its end, also before its first writer came; only the hang-up tells
  // them apart.
  pollfd state{.fd = file_.get(), .events = POLLIN, .revents = 0};
  if (::poll(&state, 1, 0) <= 0) return Fetch::later;
  const bool hung_up = (state.revents & POLLHUP) != 0;
  const bool more = (state.revents & POLLIN) != 0;  // written between our read and the hang-up
  struct stat status {};
  // A socket whose other end writes no more says so only by reading like this.
  const bool socket = ::fstat(file_.get(), &status) == 0 && S_ISSOCK(status.st_mode);
  return socket || (hung_up && !more) ? Fetch::end : Fetch::later;
}

bool ByteSource::take_all_room() noexcept {
  if (capacity_ == kBufferSize) return true;
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

ByteSource::Reading ByteSource::read_file(std::span<std::uint8_t> room) noexcept {
  while (true) {
    const ssize_t count = ::read(file_.get(), room.data(), room.size());
    if (count > 0) {
      read_of_file_ += static_cast<std::uint64_t>(count);
      return static_cast<std::size_t>(count);
    }
    if (count == 0) return std::unexpected(nothing_read());
    if (errno == EAGAIN) return std::unexpected(Fetch::later);
    if (errno == EINTR) continue;
    error_ = errno;
    return std::unexpected(Fetch::end);
  }
}

ByteSource::Reading ByteSource::read_packed(std::span<std::uint8_t> room) noexcept {
  // Streams without content end a call, so that a file made of nothing else can be stopped.
  constexpr int kMaxSteps = 64;
  for (int steps = 0; steps < kMaxSteps; ++steps) {
    const Unpacker::Step step = unpacker_->unpack(packed_, room);
    packed_ = packed_.subspan(step.taken);
    if (step.given > 0) return step.given;
    if (!unpacker_->fault().empty()) return std::unexpected(Fetch::end);
    if (!packed_.empty()) continue;
    const Reading more = read_file({packed_buffer_.get(), kReadSize});
    if (!more) return more;
    packed_ = {packed_buffer_.get(), *more};
  }
  return std::unexpected(Fetch::later);
}

/// What was read first may be compressed: then it is put aside, to be unpacked into the buffer. False, with
/// the error: there is no memory.
bool ByteSource::look_for_packing() noexcept {
  looked_ = true;
  try {
    unpacker_ = Unpacker::for_magic({buffer_.get(), end_});
    if (!unpacker_) return true;
    packed_buffer_.reset(new std::uint8_t[kReadSize]);
  } catch (const std::bad_alloc&) {
    error_ = ENOMEM;
    return false;
  }
  std::memcpy(packed_buffer_.get(), buffer_.get(), end_);
  packed_ = {packed_buffer_.get(), end_};
  begin_ = end_ = 0;
  read_ = 0;
  return take_all_room();
}

Fetch ByteSource::fetch(std::size_t bytes) noexcept {
  if (begin_ != 0) {
    std::memmove(buffer_.get(), data(), available());
    end_ -= begin_;
    begin_ = 0;
  }
  while (end_ < bytes) {
    if (end_ == capacity_ && !take_all_room()) return Fetch::end;
    const std::span room(buffer_.get() + end_, std::min(kReadSize - (looked_ ? 0 : end_), capacity_ - end_));
    const Reading count = unpacker_ ? read_packed(room) : read_file(room);
    if (!count) return count.error();
    end_ += *count;
    read_ += *count;
    if (!looked_ && end_ >= Unpacker::kMagic && !look_for_packing()) return Fetch::end;
  }
  return Fetch::ready;
}

}  // namespace ixyflow::drivers
