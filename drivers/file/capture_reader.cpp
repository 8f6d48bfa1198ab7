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
constexpr std::size_t kFileHeader = 24;
constexpr std::size_t kRecordHeader = 16;
constexpr std::uint32_t kLinkTypeBits = 0x03ffffff;  ///< the rest says whether frames end with an FCS
constexpr std::uint32_t kEthernet = 1;
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
  // Blocks without a packet end a call now and then, so that a file made of nothing else can be stopped.
  constexpr int kMaxSteps = 256;
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
    if (value != kMicroseconds && value != kNanoseconds) continue;
    swapped_ = swapped;
    fraction_ns_ = value == kNanoseconds ? 1 : 1000;
    return read_pcap_header();
  }
  return fail_with(CaptureFault::not_a_capture, std::byteswap(magic));
}

CaptureReader::Step CaptureReader::read_pcap_header() noexcept {
  if (const Step step = need(kFileHeader); step != Step::done) return step;
  if (u16(4) != 2 || u16(6) < 4) return fail_with(CaptureFault::version, u16(4) * 1000ULL + u16(6));
  const std::uint32_t link_type = u32(20) & kLinkTypeBits;
  if (link_type != kEthernet) return fail_with(CaptureFault::link_type, link_type);
  source_->consume(kFileHeader);
  format_ = Format::pcap;
  return Step::done;
}

CaptureReader::Step CaptureReader::read_pcap_record(CaptureRecord& record) noexcept {
  if (const Step step = need(kRecordHeader); step != Step::done) return step;
  const std::uint32_t captured = u32(8);
  // More than the header's snap length is common and harmless: such a frame is kept whole.
  if (captured > kMaxCaptured) return fail_with(CaptureFault::record_length, captured);
  if (const Step step = need(kRecordHeader + captured); step != Step::done) return step;
  record.timestamp =
      static_cast<Nanoseconds>(u32(0)) * 1'000'000'000 + static_cast<Nanoseconds>(u32(4)) * fraction_ns_;
  record.captured = captured;
  record.original = std::max(captured, u32(12));
  record.data = source_->data() + kRecordHeader;
  used_ = kRecordHeader + captured;
  return Step::record;
}

}  // namespace ixyflow::drivers
