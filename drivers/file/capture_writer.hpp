#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "core/base/result.hpp"
#include "core/base/units.hpp"
#include "core/os/file_descriptor.hpp"
#include "drivers/file/formats/capture_layout.hpp"

namespace ixyflow::drivers {

/// Whether the file of that device and inode is being read.
using IsRead = std::function<bool(std::uint64_t device, std::uint64_t inode)>;

/// Writes a capture (CaptureLayout; pcapng where the file's name ends so) in large pieces that hold whole
/// packets only. When the disk is full or fails, the file is cut back to its last whole packet, what was
/// waiting to be written is counted as lost, and the next piece is tried again. A pipe keeps its packets
/// waiting while its reader is slow. One thread at a time.
class CaptureWriter {
 public:
  /// Of a capture's file: what was on the wire is its owner's business alone.
  static constexpr mode_t kPrivate = 0600;

  /// What is written.
  struct Target {
    std::string path;         ///< "-": the standard output
    std::size_t longest = 0;  ///< bytes of the longest packet
    mode_t mode = kPrivate;   ///< permissions of the file; those of the standard output stay
  };

  /// Opens the target, empties it and writes what stands in front of the first packet. A FIFO is waited for
  /// until somebody reads it, at most ten seconds. It must be none of the files `is_read`. Symbolic links are
  /// followed that belong to root or to this user. Errors: output, refused (a link or the file is another
  /// user's); nothing was changed, or what was created is gone again.
  static Result<std::unique_ptr<CaptureWriter>> create(const Target& target, const IsRead& is_read = {});
  CaptureWriter(const CaptureWriter&) = delete;
  CaptureWriter& operator=(const CaptureWriter&) = delete;

  /// Adds a packet: `captured` bytes at `data`, `original` on the wire. Waits only where `has_room` was not
  /// asked: for the reader of a full FIFO, at most kPatience.
  void append(Nanoseconds timestamp, const std::uint8_t* data, std::uint32_t captured,
              std::uint32_t original) noexcept;

  /// Whether a large burst can be added without waiting. Always true of a file.
  [[nodiscard]] bool has_room() noexcept;

  /// Writes what is waiting, as far as a pipe takes it now.
  void flush() noexcept { write_out(); }
  /// The same where somebody may be watching: in a pipe at once, in a file when a second has passed since the
  /// last time.
  void flush_when_due(Nanoseconds now) noexcept;

  /// Packets that were lost since the last call.
  [[nodiscard]] std::uint64_t take_lost() noexcept;

  /// Writes what is left and closes the file. Error (output): not everything was written, how much and why.
  Result<void> close();

  /// How long a FIFO may stand still before its packets are given up.
  static constexpr int kPatienceMilliseconds = 30'000;

 private:
  CaptureWriter(const Target& target, FileDescriptor file, const struct stat& status);
  static Result<std::unique_ptr<CaptureWriter>> create_file(const Target& target, const IsRead& is_read);
  static Result<std::unique_ptr<CaptureWriter>> create_on_standard_output(const Target& target,
                                                                          const IsRead& is_read);
  int write_header();  ///< an error number, or 0
  std::int64_t write_some() noexcept;
  void write_out() noexcept;
  void find_head() noexcept;
  void make_room(std::size_t bytes) noexcept;
  bool wait_for_reader() noexcept;
  void lose(int error) noexcept;

  std::string path_;
  CaptureLayout layout_;
  FileDescriptor file_;
  bool seekable_;      ///< a regular file: can be cut back and tried again
  bool dead_ = false;  ///< nothing more can be written
  int error_ = 0;      ///< of the first write that failed
  std::size_t capacity_;
  std::unique_ptr<std::uint8_t[]> buffer_;
  std::size_t head_ = 0;   ///< start of the first packet that is not wholly written
  std::size_t begin_ = 0;  ///< first byte that is not written; inside of that packet when a part of it is
  std::size_t end_ = 0;
  std::uint64_t file_end_ = 0;  ///< where the byte at head_ goes in a regular file
  std::uint64_t waiting_ = 0;   ///< packets from head_ on
  std::uint64_t written_ = 0;
  std::uint64_t lost_ = 0;
  std::uint64_t reported_ = 0;  ///< of lost_
  Nanoseconds last_flush_ = 0;
};

}  // namespace ixyflow::drivers
