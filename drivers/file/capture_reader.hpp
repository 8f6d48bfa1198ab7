#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/units.hpp"
#include "drivers/file/byte_source.hpp"
#include "drivers/file/formats/link_type.hpp"

namespace ixyflow::drivers {

/// One packet of a capture, as an Ethernet frame without FCS. What `data` points to is valid until the next
/// call into the reader.
struct CaptureRecord {
  Nanoseconds timestamp = 0;   ///< since the epoch; 0: it has none, as pcapng's Simple Packet Block
  std::uint32_t captured = 0;  ///< bytes of the frame that are here
  std::uint32_t original = 0;  ///< bytes that it had on the wire; at least `captured`
  /// It cannot be made an Ethernet frame: it comes from another kind of interface, or is of a protocol that
  /// has no EtherType.
  bool foreign = false;
  /// Bytes of `front` that come before `data`: a header that was made for a frame of another link type.
  std::uint32_t front_length = 0;
  std::array<std::uint8_t, sizeof(EtherHeader)> front;
  const std::uint8_t* data = nullptr;

  /// Writes the frame to `place`, which has room for `captured` bytes.
  void write(std::uint8_t* place) const noexcept {
    if (front_length != 0) [[unlikely]]
      std::memcpy(place, front.data(), front_length);
    if (captured != front_length) [[likely]]
      std::memcpy(place + front_length, data, captured - front_length);
  }
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
  packing,
  second_capture,
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

/// Reads captures as streams of Ethernet frames: pcap (either byte order, micro- and nanoseconds, the
/// versions before 2.4, the longer records of some patches) and pcapng (every byte order and time resolution,
/// several sections and interfaces), also compressed. An FCS that the file speaks of is taken off; frames of
/// some other link types get an Ethernet header (link_type.hpp). Never blocks, trusts no length of the file,
/// and allocates nothing after `open` unless the file has grown since or is compressed. One thread.
///
/// Formats: draft-ietf-opsawg-pcap (pcap) and draft-ietf-opsawg-pcapng, named below with their sections;
/// older pcap files as libpcap reads them.
class CaptureReader {
 public:
  /// The longest frame that is believed, in bytes: what libpcap believes too (MAXIMUM_SNAPLEN).
  static constexpr std::uint32_t kMaxCaptured = 262144;
  /// The most interfaces of a pcapng section that are believed.
  static constexpr std::size_t kMaxInterfaces = 1024;

  /// Opens the file (ByteSource::open) and, unless it is a pipe that has nothing yet, reads its headers up to
  /// the first packet. Error (input): it cannot be read, is no capture, cannot become one of Ethernet.
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
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  /// The first link type whose frames got Ethernet headers; nothing: there was none so far.
  [[nodiscard]] std::optional<LinkType> converted() const noexcept { return converted_; }
  /// As users know it: "LINUX_SLL (113)".
  [[nodiscard]] static std::string show(LinkType type);

 private:
  enum class Format : std::uint8_t { unknown, pcap, pcapng };
  enum class Step : std::uint8_t { done, record, later, end };  ///< of one header or block

  /// What frames of one kind begin and end with.
  struct Framing {
    std::uint32_t link_number = 1;                           ///< as in the file
    std::optional<LinkType> link_type = LinkType::ethernet;  ///< nothing: it cannot be made Ethernet
    std::uint32_t fcs = 0;                                   ///< bytes
    [[nodiscard]] bool plain() const noexcept { return link_type == LinkType::ethernet && fcs == 0; }
  };
  /// An interface of a pcapng section: what its frames are, and how its time stamps count.
  struct Interface {
    Framing framing;
    std::uint64_t ticks_per_second = 1'000'000;
    std::int64_t offset_seconds = 0;
    std::uint32_t snap_length = 0;
  };
  /// Before pcap 2.3 the two lengths of a packet were the other way round; in 2.3 they may be.
  enum class LengthOrder : std::uint8_t { captured_first, original_first, unsure };

  CaptureReader(std::string path, std::unique_ptr<ByteSource> source);

  Step step(CaptureRecord& record) noexcept;
  Step read_magic() noexcept;
  Step read_pcap_header() noexcept;
  bool read_pcap_version() noexcept;
  [[nodiscard]] bool is_file_header() const noexcept;
  [[nodiscard]] bool is_record(std::size_t offset) const noexcept;
  Step find_record_header(std::uint32_t captured) noexcept;
  Step read_pcap_record(CaptureRecord& record) noexcept;
  Step read_block(CaptureRecord& record) noexcept;
  Step read_known_block(std::uint32_t type, std::uint32_t length, CaptureRecord& record) noexcept;
  Step read_section(std::uint32_t length) noexcept;
  Step read_interface(std::uint32_t length) noexcept;
  bool read_interface_options(Interface& interface, std::uint32_t length) noexcept;
  bool read_interface_option(Interface& interface, std::uint16_t code, std::uint16_t size,
                             std::size_t content) noexcept;
  bool read_time_resolution(Interface& interface, std::uint8_t resolution) noexcept;
  [[nodiscard]] std::optional<std::uint32_t> fcs_of_packet(std::size_t options,
                                                           std::size_t end) const noexcept;
  Step check_framing(const Framing& framing) noexcept;
  Step read_packet(std::uint32_t type, std::uint32_t length, CaptureRecord& record) noexcept;
  Step read_simple_packet(std::uint32_t length, CaptureRecord& record) noexcept;
  Step skip_block() noexcept;
  Step give(const Framing& framing, CaptureRecord& record) noexcept;
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
  bool swapped_ = false;  ///< the file's byte order is not this machine's
  // Of pcap:
  std::uint32_t fraction_ns_ = 0;    ///< nanoseconds of one unit of the time stamp's fraction
  std::uint32_t record_header_ = 0;  ///< bytes
  LengthOrder length_order_ = LengthOrder::captured_first;
  Framing framing_;
  // Of pcapng:
  std::uint64_t skip_ = 0;     ///< bytes of an unknown block that are still to be passed over
  std::uint32_t trailer_ = 0;  ///< length that must follow behind them; 0: not inside an unknown block
  std::vector<Interface> interfaces_;
  // Of both:
  std::size_t used_ = 0;  ///< bytes of the record that was handed out; consumed by the next call
  std::optional<LinkType> converted_;
  std::uint64_t records_ = 0;
  CaptureFault fault_ = CaptureFault::none;
  std::uint64_t fault_value_ = 0;
  std::uint64_t fault_position_ = 0;
  bool primed_ = false;  ///< `first_` holds what the next call of `next` gives
  Next first_result_ = Next::later;
  CaptureRecord first_;
};

}  // namespace ixyflow::drivers
