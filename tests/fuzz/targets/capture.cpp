// The reader of captures, pcap and pcapng (drivers/file): whatever the file says, records lie within it, and
// a second look at the file finds the same.

#include <cstring>
#include <memory>
#include <vector>

#include "drivers/file/capture_reader.hpp"
#include "tests/fuzz/memory_file.hpp"
#include "tests/fuzz/seed.hpp"

namespace ixyflow::fuzz {
namespace {

using drivers::CaptureFault;
using drivers::CaptureReader;
using drivers::CaptureRecord;

/// What one pass over a capture has found.
struct Found {
  std::uint64_t records = 0;
  std::uint64_t sum = 0;  ///< of all bytes, lengths and times
  bool operator==(const Found&) const = default;
};

Found read_all(CaptureReader& reader) {
  Found found;
  std::vector<std::uint8_t> frame;
  for (CaptureRecord record;;) {
    const CaptureReader::Next next = reader.next(record);
    if (next == CaptureReader::Next::end) return found;
    if (next == CaptureReader::Next::later) continue;
    expect(record.captured <= CaptureReader::kMaxCaptured + record.front.size() &&
               record.captured <= record.original && record.front_length <= record.captured,
           "a record has no more bytes than its frame");
    expect(record.timestamp >= 0, "time counts from 1970");
    ++found.records;
    found.sum += record.original + static_cast<std::uint64_t>(record.timestamp);
    frame.resize(record.captured);
    record.write(frame.data());
    for (const std::uint8_t byte : frame) found.sum = found.sum * 31 + byte;
  }
}

void read_capture_file(Bytes input) {
  static const MemoryFile file;
  file.write(input);
  const auto reader = CaptureReader::open(file.path());
  if (!reader) return expect(!reader.error().text.empty(), "what cannot be read has a reason");
  const Found first = read_all(**reader);
  if ((*reader)->fault() != CaptureFault::none)
    return expect(!(*reader)->error().text.empty(), "a fault has words");
  (*reader)->rewind();
  expect(read_all(**reader) == first, "a second look finds the same");
}

/// pcapng, 4.1 to 4.4: a section, an interface with a time resolution and an offset, a packet of each kind.
std::string pcapng() {
  Seed blocks;
  const auto block = [&](std::uint32_t type, const Seed& body) {
    const auto length = static_cast<std::uint32_t>(12 + body.content().size());
    blocks.put(type).put(length).text(body.content()).put(length);
  };
  const auto numbers = [](std::initializer_list<std::uint32_t> all) {
    Seed seed;
    for (const std::uint32_t number : all) seed.put(number);
    return seed;
  };
  block(0x0a0d0d0a, numbers({0x1a2b3c4d, 1, ~0U, ~0U}));
  block(1, numbers({1, 0x40000, 0x00010009, 9, 0x0008000e, 5, 0, 0}));
  block(6, numbers({0, 1, 2, 20, 20}).text("12345678901234567890"));
  block(3, numbers({16}).text("1234567890123456"));
  block(2, numbers({0, 1, 2, 8, 60}).text("12345678"));
  block(99, Seed().text("what nobody knows..."));
  return blocks.content();
}

void capture_seeds(const Sink& seed) {
  constexpr std::string_view kFolders[] = {"pipelines/captures", "tests/drivers/captures"};
  for (const std::string_view ending : {".pcap", ".pcapng", ".gz", ".zst"})
    for (const std::string& content : files(kFolders, ending)) seed(content);
  std::string blocks = pcapng();
  seed(blocks);
  // The magic number of the other byte order.
  std::swap(blocks[8], blocks[11]);
  std::swap(blocks[9], blocks[10]);
  seed(blocks);
}

void capture_words(const Sink& word) {
  using namespace std::string_view_literals;
  for (const auto magic :
       {"\xd4\xc3\xb2\xa1"sv, "\xa1\xb2\xc3\xd4"sv, "\x4d\x3c\xb2\xa1"sv, "\xa1\xb2\x3c\x4d"sv,
        "\x0a\x0d\x0d\x0a"sv, "\x4d\x3c\x2b\x1a"sv, "\x1a\x2b\x3c\x4d"sv, "\x00\x00\x04\x00"sv,
        "\x01\x00\x00\x00"sv, "\x09\x00\x01\x00"sv, "\x0e\x00\x08\x00"sv})
    word(magic);
}

const Registered capture_target(
    {.name = "capture", .run = read_capture_file, .seeds = capture_seeds, .words = capture_words});

}  // namespace
}  // namespace ixyflow::fuzz
