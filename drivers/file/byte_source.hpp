#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "core/base/result.hpp"

namespace ixyflow::drivers {

/// What became of a wish for bytes.
enum class Fetch : std::uint8_t {
  ready,  ///< they are there
  later,  ///< not yet: nobody wrote them into the FIFO, or this call has read enough
  end,    ///< the file ends before them, or could not be read
};

/// A file as a stream of bytes, through one buffer, never mapped (a file that shrinks under a mapping kills
/// the process). Never blocks: a FIFO that is empty now says `later`. One thread.
class ByteSource {
 public:
  /// The most bytes that `need` may ask for.
  static constexpr std::size_t kMaxNeed = 512 * 1024;

  /// Opens a regular file or a FIFO; anything else would be endless, or block. Error (input).
  static Result<std::unique_ptr<ByteSource>> open(const std::string& path);
  ~ByteSource();
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;

  /// Makes the next `bytes` bytes stand at data().
  [[nodiscard]] Fetch need(std::size_t bytes) noexcept {
    return end_ - begin_ >= bytes ? Fetch::ready : fetch(bytes);
  }
  [[nodiscard]] const std::uint8_t* data() const noexcept { return buffer_.get() + begin_; }
  /// Goes on behind the next `bytes` bytes, which are at data().
  void consume(std::size_t bytes) noexcept { begin_ += bytes; }
  /// Bytes that are at data() now.
  [[nodiscard]] std::size_t available() const noexcept { return end_ - begin_; }

  /// Where data() is in the file.
  [[nodiscard]] std::uint64_t position() const noexcept { return read_ - available(); }
  /// Goes back to the first byte. Regular files only.
  void rewind() noexcept;

  [[nodiscard]] bool is_fifo() const noexcept { return fifo_; }
  /// The error number of a read that failed; 0: none did.
  [[nodiscard]] int error() const noexcept { return error_; }
  /// At the end: the file is shorter than it was when it was opened.
  [[nodiscard]] bool shrank() const noexcept { return !fifo_ && read_ < size_; }
  /// Bytes of a regular file when it was opened.
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  /// Whether `path` is this very file.
  [[nodiscard]] bool is_same_file(std::uint64_t device, std::uint64_t inode) const noexcept {
    return device_ == device && inode_ == inode;
  }

 private:
  ByteSource(int fd, bool fifo, std::uint64_t size);
  /// The buffer of a file that has grown becomes as large as any; false, with the error: there is no memory.
  bool take_all_room() noexcept;
  Fetch fetch(std::size_t bytes) noexcept;
  Fetch nothing_read() const noexcept;

  int fd_;
  bool fifo_;
  int error_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::uint64_t read_ = 0;  ///< bytes read since the start of the file
  std::uint64_t size_;
  std::uint64_t device_ = 0;
  std::uint64_t inode_ = 0;
  std::size_t capacity_;  ///< bytes of the buffer
  std::unique_ptr<std::uint8_t[]> buffer_;
};

}  // namespace ixyflow::drivers
