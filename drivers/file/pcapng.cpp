// The part of CaptureReader that reads pcapng: draft-ietf-opsawg-pcapng; numbers are its sections.
#include <algorithm>
#include <bit>
#include <limits>

#include "drivers/file/capture_reader.hpp"

namespace ixyflow::drivers {
namespace {

enum BlockType : std::uint32_t {
  kInterfaceDescription = 1,
  kPacket = 2,  ///< obsolete, appendix A
  kSimplePacket = 3,
  kEnhancedPacket = 6,
  kSection = 0x0a0d0d0a,
};
constexpr std::uint32_t kByteOrder = 0x1a2b3c4d;  // 4.1
constexpr std::uint32_t kSmallestBlock = 12;      // 3.1: type, length, length again

/// 3.5: options follow each other, padded to 32 bits.
enum OptionCode : std::uint16_t {
  kEndOfOptions = 0,
  kPacketFlags = 2,  ///< of a packet
  kTimeResolution = 9,
  kFcsLength = 13,
  kTimeOffset = 14,
};

constexpr std::size_t padded(std::size_t bytes) noexcept {
  return (bytes + 3) & ~std::size_t{3};
}

__extension__ using Wide = __int128;

}  // namespace

CaptureReader::Step CaptureReader::read_block(CaptureRecord& record) noexcept {
  if (const Step step = need(kSmallestBlock); step != Step::done) return step;
  // A section brings its own byte order, which its length already follows.
  if (u32(0) == kSection) {
    if (u32(8) != kByteOrder) swapped_ = !swapped_;
    if (u32(8) != kByteOrder) return fail_with(CaptureFault::byte_order, u32(8));
  }
  const std::uint32_t type = u32(0);
  const std::uint32_t length = u32(4);
  if (length < kSmallestBlock || length % 4 != 0) return fail_with(CaptureFault::block_length, length);
  switch (type) {
    case kSection:
    case kInterfaceDescription:
    case kPacket:
    case kSimplePacket:
    case kEnhancedPacket:
      if (length > ByteSource::kMaxNeed) return fail_with(CaptureFault::block_length, length);
      if (const Step step = need(length); step != Step::done) return step;
      if (u32(length - 4) != length) return fail_with(CaptureFault::block_trailer, length);
      return read_known_block(type, length, record);
    default:
      source_->consume(8);
      skip_ = length - kSmallestBlock;
      trailer_ = length;
      return Step::done;
  }
}

CaptureReader::Step CaptureReader::read_known_block(std::uint32_t type, std::uint32_t length,
                                                    CaptureRecord& record) noexcept {
  switch (type) {
    case kSection:
      return read_section(length);
    case kInterfaceDescription:
      return read_interface(length);
    case kSimplePacket:
      return read_simple_packet(length, record);
    default:
      return read_packet(type, length, record);
  }
}

/// A piece of it: `next` goes on, or leaves the rest to a later call.
CaptureReader::Step CaptureReader::skip_block() noexcept {
  if (const Step step = need(skip_ > 0 ? 1 : 4); step != Step::done)
    return step == Step::end && fault_ == CaptureFault::none ? fail_with(CaptureFault::cut, 0) : step;
  if (skip_ > 0) {
    const std::size_t now = std::min<std::uint64_t>(skip_, source_->available());
    source_->consume(now);
    skip_ -= now;
    return Step::done;
  }
  if (u32(0) != trailer_) return fail_with(CaptureFault::block_trailer, trailer_);
  source_->consume(4);
  trailer_ = 0;
  return Step::done;
}

CaptureReader::Step CaptureReader::read_section(std::uint32_t length) noexcept {
  if (length < 28) return fail_with(CaptureFault::block_length, length);
  if (u16(12) != 1) return fail_with(CaptureFault::version, u16(12) * 1000ULL + u16(14));
  interfaces_.clear();
  source_->consume(length);
  return Step::done;
}

CaptureReader::Step CaptureReader::read_interface(std::uint32_t length) noexcept {
  if (length < 20) return fail_with(CaptureFault::block_length, length);
  if (interfaces_.size() == kMaxInterfaces) return fail_with(CaptureFault::interfaces);
  Interface interface { .framing = {u16(8), known_link_type(u16(8))}, .snap_length = u32(12) };
  if (!read_interface_options(interface, length)) return Step::end;
  interfaces_.push_back(interface);
  source_->consume(length);
  return Step::done;
}

bool CaptureReader::read_interface_options(Interface& interface, std::uint32_t length) noexcept {
  const std::size_t end = length - 4;
  std::size_t at = 16;
  while (at < end) {
    const std::uint16_t code = u16(at);
    const std::uint16_t size = u16(at + 2);
    if (code == kEndOfOptions) return true;
    const std::size_t content = at + 4;
    if (content + padded(size) > end) return refuse(CaptureFault::option, code);
    if (!read_interface_option(interface, code, size, content)) return false;
    at = content + padded(size);
  }
  return true;
}

bool CaptureReader::read_interface_option(Interface& interface, std::uint16_t code, std::uint16_t size,
                                          std::size_t content) noexcept {
  const auto has_size = [&](std::uint16_t wanted) {
    return size == wanted || refuse(CaptureFault::option, code);
  };
  if (code == kTimeResolution)
    return has_size(1) && read_time_resolution(interface, source_->data()[content]);
  if (code == kFcsLength) {
    if (!has_size(1)) return false;
    interface.framing.fcs = source_->data()[content];
  } else if (code == kTimeOffset) {
    if (!has_size(8)) return false;
    const std::uint64_t first = u32(content);
    const std::uint64_t second = u32(content + 4);
    const bool big_endian = swapped_ == (std::endian::native == std::endian::little);
    interface.offset_seconds =
        static_cast<std::int64_t>(big_endian ? first << 32 | second : second << 32 | first);
  }
  return true;
}

/// 4.2, if_tsresol: ticks per second are a power of 2 (highest bit set) or of 10.
bool CaptureReader::read_time_resolution(Interface& interface, std::uint8_t resolution) noexcept {
  const unsigned exponent = resolution & 0x7fU;
  const bool binary = (resolution & 0x80U) != 0;
  if (exponent > (binary ? 63U : 19U)) return refuse(CaptureFault::time_resolution, resolution);
  interface.ticks_per_second = 1;
  for (unsigned i = 0; i < exponent; ++i) interface.ticks_per_second *= binary ? 2 : 10;
  return true;
}

Nanoseconds CaptureReader::time_of(const Interface& interface, std::uint64_t ticks) noexcept {
  constexpr std::uint64_t kSecond = 1'000'000'000;
  const Wide fraction = interface.ticks_per_second == kSecond
                            ? Wide{ticks}
                            : Wide{ticks} * kSecond / interface.ticks_per_second;
  const Wide time = fraction + Wide{interface.offset_seconds} * kSecond;
  // Time stamps are signed and count from 1970: what lies outside is as near as they can say.
  return static_cast<Nanoseconds>(std::clamp<Wide>(time, 0, std::numeric_limits<Nanoseconds>::max()));
}

/// 4.3.1, epb_flags: bits 5 to 8 are the length of this packet's FCS; 0: unknown. Options that are damaged
/// are not looked at: the packet stands before them.
std::optional<std::uint32_t> CaptureReader::fcs_of_packet(std::size_t options,
                                                          std::size_t end) const noexcept {
  for (std::size_t at = options; at + 8 <= end && u16(at) != kEndOfOptions; at += 4 + padded(u16(at + 2))) {
    if (u16(at) != kPacketFlags || u16(at + 2) != 4) continue;
    const std::uint32_t length = u32(at + 4) >> 5 & 0xf;
    return length != 0 ? std::optional(length) : std::nullopt;
  }
  return std::nullopt;
}

/// Packets of an interface that cannot be made Ethernet are handed out as foreign, unless there is no other
/// kind: then this is no capture for us.
CaptureReader::Step CaptureReader::check_framing(const Framing& framing) noexcept {
  const auto readable = [](const Interface& interface) { return interface.framing.link_type.has_value(); };
  if (framing.link_type || std::ranges::any_of(interfaces_, readable)) return Step::done;
  return fail_with(CaptureFault::link_type, framing.link_number);
}

CaptureReader::Step CaptureReader::read_packet(std::uint32_t type, std::uint32_t length,
                                               CaptureRecord& record) noexcept {
  constexpr std::size_t kData = 28;  // 4.3: behind type, length, interface, time stamp and both lengths
  if (length < kData + 4) return fail_with(CaptureFault::block_length, length);
  const std::uint32_t interface = type == kPacket ? u16(8) : u32(8);
  if (interface >= interfaces_.size()) return fail_with(CaptureFault::interface, interface);
  const std::uint32_t captured = u32(20);
  if (captured > kMaxCaptured || captured > length - 4 - kData)
    return fail_with(CaptureFault::record_length, captured);
  Framing framing = interfaces_[interface].framing;
  if (const Step step = check_framing(framing); step != Step::done) return step;
  if (const auto fcs = fcs_of_packet(kData + padded(captured), length - 4)) framing.fcs = *fcs;
  record.timestamp = time_of(interfaces_[interface], std::uint64_t{u32(12)} << 32 | u32(16));
  record.captured = captured;
  record.original = std::max(captured, u32(24));
  record.data = source_->data() + kData;
  used_ = length;
  return give(framing, record);
}

CaptureReader::Step CaptureReader::read_simple_packet(std::uint32_t length, CaptureRecord& record) noexcept {
  constexpr std::size_t kData =
      12;  // 4.4: behind type, length and original length; always the first interface
  if (length < kData + 4) return fail_with(CaptureFault::block_length, length);
  if (interfaces_.empty()) return fail_with(CaptureFault::interface, 0);
  const std::uint32_t snap_length = interfaces_[0].snap_length;
  record.original = u32(8);
  record.captured =
      std::min(record.original, snap_length == 0 ? kMaxCaptured : std::min(snap_length, kMaxCaptured));
  if (record.captured > length - 4 - kData) return fail_with(CaptureFault::record_length, record.captured);
  if (const Step step = check_framing(interfaces_[0].framing); step != Step::done) return step;
  record.timestamp = 0;
  record.data = source_->data() + kData;
  used_ = length;
  return give(interfaces_[0].framing, record);
}

}  // namespace ixyflow::drivers
