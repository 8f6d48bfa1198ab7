#include <sys/resource.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>

#include "tests/drivers/capture_bytes.hpp"
#include "tests/drivers/capture_reading.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

namespace {

using Content = std::vector<std::uint8_t>;

/// What is packed: the same bytes so many times.
struct Piece {
  Content bytes;
  int times = 1;
};
using Pieces = std::vector<Piece>;

Content gzip(const Pieces& pieces) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 6, Z_DEFLATED, MAX_WBITS + 16, 9, Z_DEFAULT_STRATEGY) == Z_OK);
  Content packed;
  Content room(1 << 16);
  const auto feed = [&](const Content& bytes, int flush) {
    stream.next_in = const_cast<std::uint8_t*>(bytes.data());
    stream.avail_in = static_cast<uInt>(bytes.size());
    do {
      stream.next_out = room.data();
      stream.avail_out = static_cast<uInt>(room.size());
      deflate(&stream, flush);
      packed.insert(packed.end(), room.data(), stream.next_out);
    } while (stream.avail_out == 0);
  };
  for (const Piece& piece : pieces)
    for (int i = 0; i < piece.times; ++i) feed(piece.bytes, Z_NO_FLUSH);
  feed({}, Z_FINISH);
  deflateEnd(&stream);
  return packed;
}

Content zstd(const Pieces& pieces, int window = 0) {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window);
  // As the program zstd does: without it, who unpacks cannot know of all damage.
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
  Content packed;
  Content room(1 << 16);
  const auto feed = [&](const Content& bytes, ZSTD_EndDirective end) {
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    std::size_t left = 0;
    do {
      ZSTD_outBuffer out{room.data(), room.size(), 0};
      left = ZSTD_compressStream2(context, &out, &in, end);
      packed.insert(packed.end(), room.begin(), room.begin() + static_cast<long>(out.pos));
    } while (in.pos < in.size || (end == ZSTD_e_end && left != 0));
  };
  for (const Piece& piece : pieces)
    for (int i = 0; i < piece.times; ++i) feed(piece.bytes, ZSTD_e_continue);
  feed({}, ZSTD_e_end);
  ZSTD_freeCCtx(context);
  return packed;
}

Content pack(const std::string& how, const Pieces& pieces) {
  return how == "gzip" ? gzip(pieces) : zstd(pieces);
}
Content pack(const std::string& how, const Content& plain) {
  return pack(how, Pieces{{plain}});
}

Content joined(Content first, const Content& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

long peak_kib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

}  // namespace

TEST_CASE("a compressed capture is the same packets, in one piece or several") {
  const TemporaryFolder directory;
  const std::string how = GENERATE("gzip", "zstd");
  const Content plain = read_bytes(kInternet);
  const Content first(plain.begin(), plain.begin() + 1'000'000);
  const Content rest(plain.begin() + 1'000'000, plain.end());
  const Content packed = GENERATE_REF(pack(how, plain), joined(pack(how, first), pack(how, rest)));
  const Reading reading = read(CaptureBytes::write_file(directory / "x", packed));
  CHECK(reading.error.empty());
  CHECK(reading.packets == read(kInternet).packets);
}

TEST_CASE("a compressed capture is played several times") {
  const TemporaryFolder directory;
  const std::string how = GENERATE("gzip", "zstd");
  const Content plain = CaptureBytes().pcap().record(1, 0, 60).record(2, 0, 61).bytes();
  const std::string path = CaptureBytes::write_file(directory / "x", pack(how, plain));
  const Reading reading = read(path, {{"loop", std::int64_t{3}}});
  CHECK(reading.error.empty());
  CHECK(reading.packets.size() == 6);
}

TEST_CASE("E1: a compressed capture that is cut or damaged gives what stood before, and the reason") {
  const TemporaryFolder directory;
  const std::string how = GENERATE("gzip", "zstd");
  Content packed = pack(how, read_bytes(kInternet));
  const bool cut = GENERATE(true, false);
  if (cut)
    packed.resize(packed.size() / 2);
  else
    std::fill_n(packed.begin() + static_cast<long>(packed.size()) / 2, 64, std::uint8_t{0x5a});
  const Reading reading = read(CaptureBytes::write_file(directory / "x", packed));
  CHECK(reading.code == ExitCode::input);
  CHECK(contains(reading.error, "of what is packed in it"));
  if (cut) CHECK(contains(reading.error, "ends in the middle"));
  // Behind the damage there may be nonsense until it is found.
  REQUIRE(reading.packets.size() > 1000);
  CHECK(std::equal(reading.packets.begin(), reading.packets.begin() + 1000, read(kInternet).packets.begin()));
}

TEST_CASE("E1: a compressed capture whose packing lacks its end is not taken for whole") {
  const TemporaryFolder directory;
  Content packed = pack("gzip", CaptureBytes().pcap().record(1, 0, 60).bytes());
  packed.resize(packed.size() - 4);
  const Reading reading = read(CaptureBytes::write_file(directory / "x", packed));
  CHECK(reading.packets.size() == 1);
  CHECK(contains(reading.error, "ends in the middle"));
}

TEST_CASE("what unpacks to a thousand times its size takes time, and no memory") {
  const TemporaryFolder directory;
  const std::string how = GENERATE("gzip", "zstd");
  // A pcapng block that nobody knows, of 128 MiB of zeros; behind it stands a packet.
  constexpr std::uint32_t kZeros = 128U << 20;
  const Pieces pieces{{CaptureBytes().section().interface().u32(0xbad).u32(kZeros + 12).bytes()},
                      {Content(1 << 20), 128},
                      {CaptureBytes().u32(kZeros + 12).packet(0, 1, 60).bytes()}};
  const std::string path = CaptureBytes::write_file(directory / "x", pack(how, pieces));
  const long before = peak_kib();
  CHECK(read(path).packets.size() == 1);
  CHECK(peak_kib() - before < 32 * 1024);
}

TEST_CASE("a frame of zstd that asks for more memory than zstd itself grants is refused") {
  const TemporaryFolder directory;
  // The window as the frame's header declares it: 2^10 times 2^21, by RFC 8878, 3.1.1.1.2.
  Content packed = zstd({{Content(1000)}}, 20);
  packed[4] = static_cast<std::uint8_t>(packed[4] & ~0x20U);
  packed[5] = 21 << 3;
  const Reading reading = read(CaptureBytes::write_file(directory / "x", packed));
  CHECK(contains(reading.error, "more than 128 MiB"));
}
