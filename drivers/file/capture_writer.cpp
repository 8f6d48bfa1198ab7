#include "drivers/file/capture_writer.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

#include "core/base/diagnostics.hpp"
#include "core/os/file_descriptor.hpp"
#include "core/os/files/trusted_path.hpp"
#include "core/os/system_error.hpp"
#include "core/packet/batch.hpp"

namespace ixyflow::drivers {
namespace {

constexpr std::size_t kFilePiece = 128 * 1024;  ///< of a write to a file: stays in the second-level cache
constexpr std::size_t kFifoPiece = 64 * 1024;   ///< what a FIFO holds
constexpr Nanoseconds kFlushInterval = 1'000'000'000;
constexpr int kReaderTries = 1000;  ///< times 10 ms until a FIFO must have a reader

std::unexpected<Error> cannot_write(const std::string& path, std::string_view reason,
                                    ExitCode code = ExitCode::output) {
  return fail(code, fmt::format("cannot write {}: {}", show_output(path), reason));
}

/// Why nobody else's file is written to; "" for one's own and root's.
std::string refuse_foreign(const struct stat& status) {
  if (status.st_uid == ::geteuid() || status.st_uid == 0) return "";
  return fmt::format("it is there and belongs to another user ({})", status.st_uid);
}

/// The same of a FIFO that cannot be opened, because nobody reads it.
std::string refuse_foreign_fifo(const TrustedPath& place) {
  struct stat status {};
  if (place.magic_link ||
      ::fstatat(place.folder.get(), place.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
    return "";
  return refuse_foreign(status);
}

struct OpenedFile {
  FileDescriptor file;
  bool created = false;
  std::string refused = {};  ///< why it is not waited for
};

/// Opens what stands at `place`, or makes it. O_NONBLOCK: a FIFO without a reader would be waited for without
/// end. It changes nothing for files.
OpenedFile open_for_writing(const TrustedPath& place, mode_t mode) {
  constexpr int kFlags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  const int follow = place.magic_link ? 0 : O_NOFOLLOW;
  const auto open = [&](int more) {
    return FileDescriptor(::openat(place.folder.get(), place.name.c_str(), kFlags | follow | more, mode));
  };
  if (FileDescriptor file = open(O_EXCL); file.open()) return {std::move(file), true};
  if (errno != EEXIST) return {};
  FileDescriptor file = open(0);
  for (int i = 0; !file.open() && errno == ENXIO && i < kReaderTries; ++i) {
    if (std::string why = refuse_foreign_fifo(place); !why.empty()) return {{}, false, std::move(why)};
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    file = open(0);
  }
  return {std::move(file), false};
}

/// Whether nobody but whom `mode` names can read what will be written to the file; "" or why not. `given`: it
/// was open before, by who started this process, as the standard output is.
std::string make_private(const FileDescriptor& file, const struct stat& status, mode_t mode, bool given) {
  const bool owned = S_ISREG(status.st_mode) || (S_ISFIFO(status.st_mode) && !given);
  if (std::string why = refuse_foreign(status); owned && !why.empty()) return why;
  if (!S_ISREG(status.st_mode)) return "";
  // The umask has its say where nobody else has one; what root has prepared stays as it is.
  if (::fchmod(file.get(), mode) != 0 && errno != EPERM) return system_error_text(errno);
  return "";
}

/// The standard output as it was given to this process. Opened anew a pipe does not block for us alone,
/// whoever else writes to it; a regular file goes on where it is, and may be one that everybody appends to.
FileDescriptor open_standard_output(const struct stat& status) {
  if (S_ISFIFO(status.st_mode))
    if (FileDescriptor file(::open("/proc/self/fd/1", O_WRONLY | O_CLOEXEC | O_NONBLOCK)); file.open())
      return file;
  FileDescriptor file(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  if (file.open() && !S_ISREG(status.st_mode))
    ::fcntl(file.get(), F_SETFL, ::fcntl(file.get(), F_GETFL) | O_NONBLOCK);
  return file;
}

/// A regular file that is written wherever it ends, whoever else writes to it, cannot be cut back.
bool is_seekable(const FileDescriptor& file, const struct stat& status) {
  return S_ISREG(status.st_mode) && (::fcntl(file.get(), F_GETFL) & O_APPEND) == 0;
}

constexpr const char* kIsRead = "it is the file that is read";

}  // namespace

CaptureWriter::CaptureWriter(const Target& target, FileDescriptor file, const struct stat& status)
    : path_(target.path),
      layout_(format_of(target.path)),
      file_(std::move(file)),
      seekable_(is_seekable(file_, status)) {
  const std::size_t record = layout_.record_size(target.longest);
  capacity_ = seekable_ ? kFilePiece + record : 2 * kMaxBatch * record + kFifoPiece;
  buffer_.reset(new std::uint8_t[capacity_]);
}

Result<std::unique_ptr<CaptureWriter>> CaptureWriter::create(const Target& target, const IsRead& is_read) {
  return target.path == kStandardStream ? create_on_standard_output(target, is_read)
                                        : create_file(target, is_read);
}

Result<std::unique_ptr<CaptureWriter>> CaptureWriter::create_file(const Target& target,
                                                                  const IsRead& is_read) {
  const std::string& path = target.path;
  const auto place = follow_own_links(path);
  if (!place) return cannot_write(path, place.error().text, place.error().code);
  auto [file, created, refused] = open_for_writing(*place, target.mode);
  if (!refused.empty()) return cannot_write(path, refused, ExitCode::refused);
  if (!file.open())
    return cannot_write(path, errno == ENXIO ? "it is a FIFO that nobody reads" : system_error_text(errno));
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return cannot_write(path, system_error_text(errno));
  if (is_read && is_read(status.st_dev, status.st_ino)) return cannot_write(path, kIsRead);
  if (const std::string why = make_private(file, status, target.mode, place->magic_link); !why.empty())
    return cannot_write(path, why, ExitCode::refused);
  std::unique_ptr<CaptureWriter> writer(new CaptureWriter(target, std::move(file), status));
  if (const int error = writer->write_header(); error != 0) {
    if (created) ::unlinkat(place->folder.get(), place->name.c_str(), 0);
    return cannot_write(path, system_error_text(error));
  }
  return writer;
}

Result<std::unique_ptr<CaptureWriter>> CaptureWriter::create_on_standard_output(const Target& target,
                                                                                const IsRead& is_read) {
  struct stat status {};
  if (::fstat(STDOUT_FILENO, &status) != 0) return cannot_write(target.path, system_error_text(errno));
  if (::isatty(STDOUT_FILENO) != 0)
    return cannot_write(target.path,
                        "it is a terminal: lead it into a program or a file, as in `... | tshark -r -`");
  if (is_read && is_read(status.st_dev, status.st_ino)) return cannot_write(target.path, kIsRead);
  FileDescriptor file = open_standard_output(status);
  if (!file.open()) return cannot_write(target.path, system_error_text(errno));
  std::unique_ptr<CaptureWriter> writer(new CaptureWriter(target, std::move(file), status));
  if (writer->seekable_) {
    const off_t start = ::lseek(writer->file_.get(), 0, SEEK_CUR);
    writer->file_end_ = static_cast<std::uint64_t>(std::max<off_t>(start, 0));
  }
  if (const int error = writer->write_header(); error != 0)
    return cannot_write(target.path, system_error_text(error));
  return writer;
}

int CaptureWriter::write_header() {
  const std::string header = layout_.file_header();
  const auto place = static_cast<off_t>(file_end_);
  if (seekable_ && ::ftruncate(file_.get(), place) != 0) return errno;
  const ssize_t count = seekable_ ? ::pwrite(file_.get(), header.data(), header.size(), place)
                                  : ::write(file_.get(), header.data(), header.size());
  if (count < 0) return errno;
  file_end_ += header.size();
  return static_cast<std::size_t>(count) == header.size() ? 0 : ENOSPC;
}

void CaptureWriter::append(Nanoseconds timestamp, const std::uint8_t* data, std::uint32_t captured,
                           std::uint32_t original) noexcept {
  const std::size_t size = layout_.record_size(captured);
  if (capacity_ - end_ < size) [[unlikely]]
    make_room(size);
  if (dead_ || capacity_ - end_ < size) [[unlikely]] {
    ++lost_;
    return;
  }
  layout_.put(buffer_.get() + end_, timestamp, data, captured, original);
  end_ += size;
  ++waiting_;
}

std::int64_t CaptureWriter::write_some() noexcept {
  const std::uint8_t* data = buffer_.get() + begin_;
  // At its place, so that what a failed write left behind is overwritten by the next.
  return seekable_
             ? ::pwrite(file_.get(), data, end_ - begin_, static_cast<off_t>(file_end_ + (begin_ - head_)))
             : ::write(file_.get(), data, end_ - begin_);
}

void CaptureWriter::write_out() noexcept {
  while (begin_ < end_) {
    const std::int64_t count = write_some();
    if (count > 0) {
      begin_ += static_cast<std::size_t>(count);
    } else if (count < 0 && errno == EAGAIN) {
      return find_head();
    } else if (count == 0 || errno != EINTR) {
      return lose(count == 0 ? EIO : errno);
    }
  }
  file_end_ += end_ - head_;
  written_ += std::exchange(waiting_, 0);
  head_ = begin_ = end_ = 0;
}

/// Passes over the packets that are wholly written.
void CaptureWriter::find_head() noexcept {
  while (waiting_ > 0) {
    const std::size_t next = head_ + layout_.record_size_at(buffer_.get() + head_);
    if (next > begin_) break;
    file_end_ += next - head_;
    head_ = next;
    --waiting_;
    ++written_;
  }
}

void CaptureWriter::lose(int error) noexcept {
  find_head();
  if (seekable_ && ::ftruncate(file_.get(), static_cast<off_t>(file_end_)) != 0) {
    // Then half a packet ends the file until the next write covers it.
  }
  if (error_ == 0) error_ = error;
  lost_ += std::exchange(waiting_, 0);
  head_ = begin_ = end_ = 0;
  dead_ = !seekable_;
}

void CaptureWriter::make_room(std::size_t bytes) noexcept {
  write_out();
  while (capacity_ - (end_ - head_) < bytes && wait_for_reader()) write_out();
  if (head_ == 0) return;
  std::memmove(buffer_.get(), buffer_.get() + head_, end_ - head_);
  begin_ -= head_;
  end_ -= head_;
  head_ = 0;
}

/// Until the FIFO takes something; false, and the packets given up, when its reader has stood still for too
/// long.
bool CaptureWriter::wait_for_reader() noexcept {
  pollfd state{.fd = file_.get(), .events = POLLOUT, .revents = 0};
  const int ready = ::poll(&state, 1, kPatienceMilliseconds);
  if (ready > 0 || (ready < 0 && errno == EINTR)) return true;
  lose(ETIMEDOUT);
  return false;
}

bool CaptureWriter::has_room() noexcept {
  if (seekable_) return true;
  if (begin_ < end_) write_out();
  return end_ - head_ <= capacity_ / 2;
}

void CaptureWriter::flush_when_due(Nanoseconds now) noexcept {
  if (seekable_ && now - last_flush_ < kFlushInterval) return;
  last_flush_ = now;
  write_out();
}

std::uint64_t CaptureWriter::take_lost() noexcept {
  return lost_ - std::exchange(reported_, lost_);
}

Result<void> CaptureWriter::close() {
  write_out();
  while (begin_ < end_ && wait_for_reader()) write_out();
  struct stat status {};
  const bool removed =
      seekable_ && path_ != kStandardStream && ::fstat(file_.get(), &status) == 0 && status.st_nlink == 0;
  // Who shares the standard output with us goes on behind the capture.
  if (seekable_) ::lseek(file_.get(), static_cast<off_t>(file_end_), SEEK_SET);
  if (::close(file_.release()) != 0 && error_ == 0) error_ = errno;
  if (removed) return cannot_write(path_, "it was removed while it was written");
  if (error_ == 0) return {};
  return cannot_write(path_, fmt::format("{}; {} of {} packets were not written", system_error_text(error_),
                                         lost_, lost_ + written_));
}

}  // namespace ixyflow::drivers
