#include "drivers/file/capture_reader.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace ixyflow::drivers {
namespace {

// draft-ietf-opsawg-pcap, 4: the file header.
constexpr std::uint32_t kMicroseconds = 0xa1b2c3d4;
constexpr std::uint32_t kNanoseconds = 0xa1b23c4d;
/// A. Kuznetzov's patch of libpcap: interface, protocol and packet type in every record, microseconds.
constexpr std::uint32_t kLongRecords = 0xa1b2cd34;
constexpr std::size_t kFileHeader = 24;
constexpr std::uint32_t kRecordHeader = 16;
constexpr std::uint32_t kLongRecordHeader = 24;
// Of the field of the link type.
constexpr std::uint32_t kLinkTypeBits = 0x03ffffff;
constexpr std::uint32_t kFcsKnown = 0x04000000;
constexpr unsigned kFcsShift = 28;  ///< to the length of the FCS in 16-bit words
// draft-ietf-opsawg-pcapng, 4.1: a Section Header Block starts so in every byte order.
constexpr std::uint32_t kSectionHeader = 0x0a0d0d0a;

std::uint32_t native32(const std::uint8_t* bytes) noexcept {
  std::uint32_t value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

}  // namespace

CaptureReader::CaptureReader(std::string path, std::unique_ptr<ByteSource> source)
    : path_(std::move(path)), source_(std::move(source)) {
  interfaces_.reserve(kMaxInterfaces);
}

Result<std::unique_ptr<CaptureReader>> CaptureReader::open(const std::string& path) {
  auto source = ByteSource::open(path);
  if (!source) return std::unexpected(source.error());
  std::unique_ptr<CaptureReader> reader(new CaptureReader(path, std::move(*source)));
  reader->first_result_ = reader->next(reader->first_);
  reader->primed_ = true;
  if (reader->fault_ != CaptureFault::none) return std::unexpected(reader->error());
  return reader;
}

CaptureReader::Next CaptureReader::next(CaptureRecord& record) noexcept {
  if (primed_) {
    primed_ = false;
    record = first_;
    return first_result_;
  }
  if (fault_ != CaptureFault::none) return Next::end;
  source_->consume(std::exchange(used_, 0));
  // Blocks without a packet end a call now and then, so that a file made of nothing else can be stopped:
  // after 8 MiB at most, which take some 20 ms to unpack.
  constexpr int kMaxSteps = 64;
  for (int steps = 0; steps < kMaxSteps; ++steps) {
    const Step result = step(record);
    if (result == Step::later) return Next::later;
    if (result == Step::end) return Next::end;
    if (result == Step::record) {
      ++records_;
      return Next::record;
    }
  }
  return Next::later;
}

void CaptureReader::rewind() noexcept {
  source_->rewind();
  format_ = Format::unknown;
  interfaces_.clear();
  used_ = 0;
  skip_ = 0;
  trailer_ = 0;
  records_ = 0;
  primed_ = false;
}

CaptureReader::Step CaptureReader::step(CaptureRecord& record) noexcept {
  switch (format_) {
    case Format::unknown:
      return read_magic();
    case Format::pcap:
      return read_pcap_record(record);
    case Format::pcapng:
      return trailer_ != 0 ? skip_block() : read_block(record);
  }
  std::unreachable();
}

CaptureReader::Step CaptureReader::need(std::size_t bytes) noexcept {
  switch (source_->need(bytes)) {
    case Fetch::ready:
      return Step::done;
    case Fetch::later:
      return Step::later;
    case Fetch::end:
      break;
  }
  if (source_->error() != 0)
    return fail_with(CaptureFault::read_error, static_cast<std::uint64_t>(source_->error()));
  if (!source_->packing_fault().empty()) return fail_with(CaptureFault::packing);
  if (source_->packing_is_cut()) return fail_with(CaptureFault::cut, source_->available());
  return source_->available() == 0 ? end_of_file() : fail_with(CaptureFault::cut, source_->available());
}

CaptureReader::Step CaptureReader::end_of_file() noexcept {
  if (source_->shrank()) return fail_with(CaptureFault::shrank, source_->size());
  if (source_->position() == 0) return fail_with(CaptureFault::empty);
  return Step::end;
}

CaptureReader::Step CaptureReader::fail_with(CaptureFault fault, std::uint64_t value) noexcept {
  // A file that lost its end is cut wherever that happened to be.
  if (fault == CaptureFault::cut && source_->shrank()) {
    fault = CaptureFault::shrank;
    value = source_->size();
  }
  fault_ = fault;
  fault_value_ = value;
  fault_position_ = source_->position();
  return Step::end;
}

std::uint16_t CaptureReader::u16(std::size_t offset) const noexcept {
  std::uint16_t value;
  std::memcpy(&value, source_->data() + offset, sizeof value);
  return swapped_ ? std::byteswap(value) : value;
}

std::uint32_t CaptureReader::u32(std::size_t offset) const noexcept {
  const std::uint32_t value = native32(source_->data() + offset);
  return swapped_ ? std::byteswap(value) : value;
}

CaptureReader::Step CaptureReader::read_magic() noexcept {
  if (const Step step = need(4); step != Step::done) return step;
  const std::uint32_t magic = native32(source_->data());
  if (magic == kSectionHeader) {
    format_ = Format::pcapng;
    return Step::done;
  }
  for (const bool swapped : {false, true}) {
    const std::uint32_t value = swapped ? std::byteswap(magic) : magic;
    if (value != kMicroseconds && value != kNanoseconds && value != kLongRecords) continue;
    swapped_ = swapped;
    fraction_ns_ = value == kNanoseconds ? 1 : 1000;
    record_header_ = value == kLongRecords ? kLongRecordHeader : kRecordHeader;
    return read_pcap_header();
  }
  return fail_with(CaptureFault::not_a_capture, std::byteswap(magic));
}

CaptureReader::Step CaptureReader::read_pcap_header() noexcept {
  if (const Step step = need(kFileHeader); step != Step::done) return step;
  if (!read_pcap_version()) return Step::end;
  const std::uint32_t field = u32(20);
  framing_.link_number = field & kLinkTypeBits;
  framing_.link_type = known_link_type(framing_.link_number);
  framing_.fcs = (field & kFcsKnown) != 0 ? 2 * (field >> kFcsShift) : 0;
  if (!framing_.link_type) return fail_with(CaptureFault::link_type, framing_.link_number);
  source_->consume(kFileHeader);
  format_ = Format::pcap;
  return Step::done;
}

/// As libpcap does: 2.0 to 2.4, and 543.0, which AIX writes; also minor versions to come.
bool CaptureReader::read_pcap_version() noexcept {
  constexpr std::uint16_t kAix = 543;
  const std::uint16_t major = u16(4);
  const std::uint16_t minor = u16(6);
  if (major != 2 && !(major == kAix && minor == 0))
    return refuse(CaptureFault::version, major * 1000ULL + minor);
  length_order_ = major == kAix || minor < 3 ? LengthOrder::original_first
                  : minor == 3               ? LengthOrder::unsure
                                             : LengthOrder::captured_first;
  return true;
}

/// Whether another file begins here, as when captures were put together with cat(1). As a packet it would be
/// empty, have no length on the wire, and be of the year 2055.
bool CaptureReader::is_file_header() const noexcept {
  const std::uint32_t first = u32(0);
  const bool magic = first == kMicroseconds || first == kNanoseconds || first == kLongRecords;
  return magic && u16(4) == 2 && u16(6) <= 4 && u32(8) == 0 && u32(12) == 0;
}

/// Whether a header of 16 bytes can stand `offset` bytes from here, about as old as the one that stands here.
bool CaptureReader::is_record(std::size_t offset) const noexcept {
  constexpr std::uint32_t kYear = 366 * 24 * 3600;
  const std::uint32_t seconds = u32(offset);
  const std::uint32_t captured = u32(offset + 8);
  return std::max(seconds, u32(0)) - std::min(seconds, u32(0)) < kYear &&
         u32(offset + 4) < 1'000'000'000 / fraction_ns_ && captured != 0 && captured <= kMaxCaptured &&
         captured <= u32(offset + 12) && u32(offset + 12) <= kMaxCaptured;
}

/// Some systems wrote records with longer headers, and no number says so: Red Hat 6.1 and Nokia's under the
/// usual magic, SuSE 6.3 under Kuznetzov's. They are known by what stands behind the first packet, as
/// Wireshark knows them. Where the usual length leads to another packet, or no other one does, it is that.
CaptureReader::Step CaptureReader::find_record_header(std::uint32_t captured) noexcept {
  if (length_order_ != LengthOrder::captured_first) return Step::done;
  const auto leads_on = [&](std::uint32_t header) {
    const std::size_t end = header + captured;
    return source_->need(end + kRecordHeader) == Fetch::ready && is_record(end);
  };
  // What is not there says nothing: the file ends, or a pipe has no more yet.
  if (source_->need(record_header_ + captured + kRecordHeader) != Fetch::ready || leads_on(record_header_))
    return Step::done;
  for (const std::uint32_t header : {record_header_ + 4, record_header_ + 8})
    if (leads_on(header)) {
      record_header_ = header;
      break;
    }
  return need(record_header_ + captured);
}

CaptureReader::Step CaptureReader::read_pcap_record(CaptureRecord& record) noexcept {
  if (const Step step = need(record_header_); step != Step::done) return step;
  std::uint32_t captured = u32(8);
  std::uint32_t original = u32(12);
  if (length_order_ != LengthOrder::captured_first) [[unlikely]]
    if (length_order_ == LengthOrder::original_first || captured > original) std::swap(captured, original);
  if (captured == 0 && is_file_header()) [[unlikely]]
    return fail_with(CaptureFault::second_capture);
  // More than the header's snap length is common and harmless: such a frame is kept whole.
  if (captured > kMaxCaptured) return fail_with(CaptureFault::record_length, captured);
  if (const Step step = need(record_header_ + captured); step != Step::done) return step;
  if (records_ == 0) [[unlikely]]
    if (const Step step = find_record_header(captured); step != Step::done) return step;
  record.timestamp =
      static_cast<Nanoseconds>(u32(0)) * 1'000'000'000 + static_cast<Nanoseconds>(u32(4)) * fraction_ns_;
  record.captured = captured;
  record.original = std::max(captured, original);
  record.data = source_->data() + record_header_;
  used_ = record_header_ + captured;
  return give(framing_, record);
}

/// Hands the frame out, as an Ethernet frame without FCS.
CaptureReader::Step CaptureReader::give(const Framing& framing, CaptureRecord& record) noexcept {
  record.front_length = 0;
  record.foreign = !framing.link_type;
  if (framing.plain() || record.foreign) [[likely]]
    return Step::record;
  record.original -= std::min(framing.fcs, record.original);
  record.captured = std::min(record.captured, record.original);
  if (*framing.link_type == LinkType::ethernet) return Step::record;
  const auto front = ethernet_front(*framing.link_type, {record.data, record.captured}, record.original);
  record.foreign = !front;
  if (!front) return Step::record;
  if (!converted_) converted_ = framing.link_type;  // once: another thread may be reading it
  record.front = front->header;
  record.front_length = static_cast<std::uint32_t>(front->header.size());
  const auto replaced = static_cast<std::uint32_t>(front->replaced);
  record.data += replaced;
  record.captured += record.front_length - replaced;
  record.original += record.front_length - replaced;
  return Step::record;
}

}  // namespace ixyflow::drivers
