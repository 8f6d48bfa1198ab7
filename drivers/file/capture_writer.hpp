#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "core/base/result.hpp"
#include "core/base/units.hpp"
#include "drivers/file/byte_source.hpp"

namespace ixyflow::drivers {

/// Writes a nanosecond pcap file (Ethernet, snap length 262,144, this machine's byte order) in large pieces
/// that hold whole packets only. When the disk is full or fails, the file is cut back to its last whole
/// packet, what was waiting to be written is counted as lost, and the next piece is tried again. A FIFO keeps
/// its packets waiting while its reader is slow. One thread at a time.
class CaptureWriter {
 public:
  /// Of a capture's file: what was on the wire is its owner's business alone.
  static constexpr mode_t kPrivate = 0600;

  /// Opens `path`, empties it and writes the file header. A FIFO is waited for until somebody reads it, at
  /// most ten seconds. `input` is the capture that the port reads, or null: it must not be the same file.
  /// Packets have at most `longest` bytes. A file gets the permissions `mode`; symbolic links are followed
  /// that belong to root or to this user. Errors: output, refused (a link or the file is another user's);
  /// nothing was changed, or what was created is gone again.
  static Result<std::unique_ptr<CaptureWriter>> create(const std::string& path, std::size_t longest,
                                                       const ByteSource* input, mode_t mode = kPrivate);
  ~CaptureWriter();
  CaptureWriter(const CaptureWriter&) = delete;
  CaptureWriter& operator=(const CaptureWriter&) = delete;

  /// Adds a packet: `captured` bytes at `data`, `original` on the wire. Waits only where `has_room` was not
  /// asked: for the reader of a full FIFO, at most kPatience.
  void append(Nanoseconds timestamp, const std::uint8_t* data, std::uint32_t captured,
              std::uint32_t original) noexcept;

  /// Whether a large burst can be added without waiting. Always true of a file.
  [[nodiscard]] bool has_room() noexcept;

  /// Writes what is waiting, as far as a FIFO takes it now.
  void flush() noexcept { write_out(); }
  /// Does so when a second has passed since the last time, so that a slow capture can be watched.
  void flush_sometimes(Nanoseconds now) noexcept;

  /// Packets that were lost since the last call.
  [[nodiscard]] std::uint64_t take_lost() noexcept;

  /// Writes what is left and closes the file. Error (output): not everything was written, how much and why.
  Result<void> close();

  /// How long a FIFO may stand still before its packets are given up.
  static constexpr int kPatienceMilliseconds = 30'000;

 private:
  CaptureWriter(std::string path, int fd, bool seekable, std::size_t capacity);
  int write_header() noexcept;  ///< an error number, or 0
  std::int64_t write_some() noexcept;
  void write_out() noexcept;
  void find_head() noexcept;
  void make_room(std::size_t bytes) noexcept;
  bool wait_for_reader() noexcept;
  void lose(int error) noexcept;

  std::string path_;
  int fd_;
  bool seekable_;      ///< a regular file: can be cut back and tried again
  bool dead_ = false;  ///< nothing more can be written
  int error_ = 0;      ///< of the first write that failed
  std::size_t capacity_;
  std::unique_ptr<std::uint8_t[]> buffer_;
  std::size_t head_ = 0;   ///< start of the first packet that is not wholly written
  std::size_t begin_ = 0;  ///< first byte that is not written; inside of that packet when a part of it is
  std::size_t end_ = 0;
  std::uint64_t file_end_ = 0;  ///< where the byte at head_ goes in the file
  std::uint64_t waiting_ = 0;   ///< packets from head_ on
  std::uint64_t written_ = 0;
  std::uint64_t lost_ = 0;
  std::uint64_t reported_ = 0;  ///< of lost_
  Nanoseconds last_flush_ = 0;
};

}  // namespace ixyflow::drivers
