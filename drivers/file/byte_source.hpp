#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/base/result.hpp"
#include "core/os/file_descriptor.hpp"
#include "drivers/file/formats/unpacker.hpp"

namespace ixyflow::drivers {

/// What became of a wish for bytes.
enum class Fetch : std::uint8_t {
  ready,  ///< they are there
  later,  ///< not yet: nobody wrote them into the pipe, or this call has read enough
  end,    ///< the file ends before them, or could not be read
};

/// A file as a stream of bytes, unpacked where it is compressed (gzip, Zstandard), through one buffer, never
/// mapped (a file that shrinks under a mapping kills the process). Never blocks: a pipe that is empty now
/// says `later`. One thread.
class ByteSource {
 public:
  /// The most bytes that `need` may ask for.
  static constexpr std::size_t kMaxNeed = 512 * 1024;

  /// Opens a regular file or a FIFO, or, named "-", the standard input, which may be a socket as well;
  /// anything else would be endless, or block. Error (input).
  static Result<std::unique_ptr<ByteSource>> open(const std::string& path);

  /// Makes the next `bytes` bytes stand at data().
  [[nodiscard]] Fetch need(std::size_t bytes) noexcept {
    return end_ - begin_ >= bytes ? Fetch::ready : fetch(bytes);
  }
  [[nodiscard]] const std::uint8_t* data() const noexcept { return buffer_.get() + begin_; }
  /// Goes on behind the next `bytes` bytes, which are at data().
  void consume(std::size_t bytes) noexcept { begin_ += bytes; }
  /// Bytes that are at data() now.
  [[nodiscard]] std::size_t available() const noexcept { return end_ - begin_; }

  /// Where data() is in the file, or in what it is unpacked to.
  [[nodiscard]] std::uint64_t position() const noexcept { return read_ - available(); }
  /// Goes back to the first byte. Regular files only.
  void rewind() noexcept;

  /// Its bytes come once, when somebody writes them: a FIFO, a pipe, a socket.
  [[nodiscard]] bool is_pipe() const noexcept { return pipe_; }
  [[nodiscard]] bool is_packed() const noexcept { return unpacker_ != nullptr; }
  /// The error number of a read that failed; 0: none did.
  [[nodiscard]] int error() const noexcept { return error_; }
  /// What is wrong with the compressed stream; "": nothing.
  [[nodiscard]] std::string_view packing_fault() const noexcept;
  /// At the end: the compressed stream has none.
  [[nodiscard]] bool packing_is_cut() const noexcept {
    return unpacker_ != nullptr && packing_fault().empty() && !unpacker_->complete();
  }
  /// At the end: the file is shorter than it was when it was opened.
  [[nodiscard]] bool shrank() const noexcept { return !pipe_ && read_of_file_ < size_; }
  /// Bytes of a regular file when it was opened.
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  /// Whether this very file has that device and inode.
  [[nodiscard]] bool is_same_file(std::uint64_t device, std::uint64_t inode) const noexcept {
    return device_ == device && inode_ == inode;
  }

 private:
  ByteSource(FileDescriptor file, bool pipe, std::uint64_t size);

  /// Bytes that were read, or why there are none.
  using Reading = std::expected<std::size_t, Fetch>;

  /// The buffer becomes as large as any; false, with the error: there is no memory.
  bool take_all_room() noexcept;
  Fetch fetch(std::size_t bytes) noexcept;
  Reading read_file(std::span<std::uint8_t> room) noexcept;
  Reading read_packed(std::span<std::uint8_t> room) noexcept;
  bool look_for_packing() noexcept;
  Fetch nothing_read() const noexcept;

  FileDescriptor file_;
  bool pipe_;
  bool looked_ = false;  ///< for packing
  int error_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::uint64_t read_ = 0;          ///< bytes that came into the buffer since the start
  std::uint64_t read_of_file_ = 0;  ///< the same of the file, which are fewer when it is packed
  std::uint64_t size_;
  std::uint64_t device_ = 0;
  std::uint64_t inode_ = 0;
  std::size_t capacity_;  ///< bytes of the buffer
  std::unique_ptr<std::uint8_t[]> buffer_;
  std::unique_ptr<Unpacker> unpacker_;
  std::unique_ptr<std::uint8_t[]> packed_buffer_;
  std::span<const std::uint8_t> packed_;  ///< of that buffer: not unpacked yet
};

}  // namespace ixyflow::drivers
