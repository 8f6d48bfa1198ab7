#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/units.hpp"
#include "drivers/file/byte_source.hpp"

namespace ixyflow::drivers {

/// One packet of a capture. `data` is valid until the next call into the reader.
struct CaptureRecord {
  Nanoseconds timestamp = 0;  ///< since the epoch; 0 where the format has none (pcapng's Simple Packet Block)
  std::uint32_t captured = 0;  ///< bytes at `data`
  std::uint32_t original = 0;  ///< bytes that the frame had on the wire; at least `captured`
  const std::uint8_t* data = nullptr;
};

/// What can be wrong with a capture.
enum class CaptureFault : std::uint8_t {
  none,
  not_a_capture,
  empty,
  version,
  cut,
  shrank,
  read_error,
  link_type,
  record_length,
  block_length,
  block_trailer,
  byte_order,
  option,
  time_resolution,
  interface,
  interfaces,
};

/// Reads Ethernet captures as a stream: pcap (either byte order, micro- and nanoseconds) and pcapng (every
/// byte order and time resolution, several sections and interfaces). Never blocks, allocates nothing after
/// `open` unless the file has grown since, trusts no length of the file. One thread.
///
/// Formats: draft-ietf-opsawg-pcap (pcap) and draft-ietf-opsawg-pcapng, named below with their sections.
class CaptureReader {
 public:
  /// The longest frame that is believed, in bytes: what libpcap believes too (MAXIMUM_SNAPLEN).
  static constexpr std::uint32_t kMaxCaptured = 262144;
  /// The most interfaces of a pcapng section that are believed.
  static constexpr std::size_t kMaxInterfaces = 1024;

  /// Opens the file and, unless it is a FIFO that has nothing yet, reads its headers up to the first packet.
  /// Error (input): it cannot be read, is no capture, is not of Ethernet.
  static Result<std::unique_ptr<CaptureReader>> open(const std::string& path);

  enum class Next : std::uint8_t { record, later, end };
  /// The next packet. `later`: there is none now; ask again. `end`: there is none any more; `fault` says
  /// whether the file simply ended.
  Next next(CaptureRecord& record) noexcept;

  /// Starts again with the first packet. Regular files only.
  void rewind() noexcept;

  [[nodiscard]] CaptureFault fault() const noexcept { return fault_; }
  /// The fault as a sentence: what is wrong, at which byte, after how many packets.
  [[nodiscard]] Error error() const;
  [[nodiscard]] const ByteSource& source() const noexcept { return *source_; }

 private:
  enum class Format : std::uint8_t { unknown, pcap, pcapng };
  enum class Step : std::uint8_t { done, record, later, end };  ///< of one header or block

  /// An interface of a pcapng section: how its time stamps count.
  struct Interface {
    std::uint64_t ticks_per_second = 1'000'000;
    std::int64_t offset_seconds = 0;
    std::uint32_t snap_length = 0;
  };

  CaptureReader(std::string path, std::unique_ptr<ByteSource> source);

  Step step(CaptureRecord& record) noexcept;
  Step read_magic() noexcept;
  Step read_pcap_header() noexcept;
  Step read_pcap_record(CaptureRecord& record) noexcept;
  Step read_block(CaptureRecord& record) noexcept;
  Step read_known_block(std::uint32_t type, std::uint32_t length, CaptureRecord& record) noexcept;
  Step read_section(std::uint32_t length) noexcept;
  Step read_interface(std::uint32_t length) noexcept;
  bool read_interface_options(Interface& interface, std::uint32_t length) noexcept;
  bool read_time_resolution(Interface& interface, std::uint8_t resolution) noexcept;
  Step read_packet(std::uint32_t type, std::uint32_t length, CaptureRecord& record) noexcept;
  Step read_simple_packet(std::uint32_t length, CaptureRecord& record) noexcept;
  Step skip_block() noexcept;
  static Nanoseconds time_of(const Interface& interface, std::uint64_t ticks) noexcept;

  /// Waits for `bytes` bytes at data(): done, later, or end with the fault set.
  Step need(std::size_t bytes) noexcept;
  Step fail_with(CaptureFault fault, std::uint64_t value = 0) noexcept;
  /// The same for a function that says whether it could go on: false.
  bool refuse(CaptureFault fault, std::uint64_t value) noexcept {
    static_cast<void>(fail_with(fault, value));
    return false;
  }
  Step end_of_file() noexcept;
  [[nodiscard]] std::uint16_t u16(std::size_t offset) const noexcept;
  [[nodiscard]] std::uint32_t u32(std::size_t offset) const noexcept;

  std::string path_;
  std::unique_ptr<ByteSource> source_;
  Format format_ = Format::unknown;
  bool swapped_ = false;           ///< the file's byte order is not this machine's
  std::uint32_t fraction_ns_ = 0;  ///< pcap: nanoseconds of one unit of the time stamp's fraction
  std::size_t used_ = 0;           ///< bytes of the record that was handed out; consumed by the next call
  std::uint64_t skip_ = 0;         ///< bytes of an unknown block that are still to be passed over
  std::uint32_t trailer_ = 0;      ///< length that must follow behind them; 0: not inside an unknown block
  std::vector<Interface> interfaces_;
  std::uint64_t records_ = 0;
  CaptureFault fault_ = CaptureFault::none;
  std::uint64_t fault_value_ = 0;
  std::uint64_t fault_position_ = 0;
  bool primed_ = false;  ///< `first_` holds what the next call of `next` gives
  Next first_result_ = Next::later;
  CaptureRecord first_;
};

}  // namespace ixyflow::drivers
