#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace ixyflow::drivers {

/// Unpacks a compressed stream piece by piece: gzip (RFC 1952) or Zstandard (RFC 8878), also of several
/// members or frames one behind the other. Needs the memory that its library takes, however much comes out:
/// some 50 KiB for gzip, for Zstandard what the frame asks for, at most 128 MiB, which is what zstd(1)
/// grants. One thread.
class Unpacker {
 public:
  /// Bytes by which a compressed stream is known.
  static constexpr std::size_t kMagic = 4;

  /// The one for a stream that starts with these kMagic bytes; null: it is not compressed by one of the two.
  /// Throws std::bad_alloc.
  static std::unique_ptr<Unpacker> for_magic(std::span<const std::uint8_t> start);
  virtual ~Unpacker() = default;

  struct Step {
    std::size_t taken = 0;  ///< bytes of `packed`
    std::size_t given = 0;  ///< bytes in `room`; 0 while there is room: it needs more to go on
  };
  /// Takes from the front of `packed` and fills `room` from its front. An error is final: see `fault`.
  virtual Step unpack(std::span<const std::uint8_t> packed, std::span<std::uint8_t> room) noexcept = 0;
  /// Whether the stream may end here.
  [[nodiscard]] virtual bool complete() const noexcept = 0;
  /// What is wrong with the stream; "": nothing so far.
  [[nodiscard]] std::string_view fault() const noexcept { return fault_; }
  /// Starts again with another stream of the same kind.
  virtual void restart() noexcept = 0;

 protected:
  std::string_view fault_;
};

}  // namespace ixyflow::drivers
