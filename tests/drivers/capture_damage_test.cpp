// Captures that are damaged, endless, or change while they are read.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <thread>

#include "tests/drivers/capture_bytes.hpp"
#include "tests/drivers/capture_reading.hpp"
#include "tests/drivers/port_rig.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

namespace {

struct PcapCase {
  const char* name;
  CaptureBytes capture;
  std::size_t packets;
  bool opens;
  const char* message;
};

std::vector<PcapCase> pcap_files_with_damaged_headers() {
  CaptureBytes cut_header = CaptureBytes().pcap();
  cut_header.bytes().resize(23);
  return {
      {"empty", CaptureBytes(), 0, false, "it is empty"},
      {"three bytes", CaptureBytes().raw({0xd4, 0xc3, 0xb2}), 0, false, "ends in the middle"},
      {"bad magic", CaptureBytes().u32(0xdeadbeef).zeros(100), 0, false, "neither pcap nor pcapng"},
      {"cut header", cut_header, 0, false, "ends in the middle"},
      {"header only", CaptureBytes().pcap(), 0, true, ""},
      {"version 3", CaptureBytes().u32(0xa1b2c3d4).u16(3).u16(0).zeros(16), 0, false, "version 3.0"},
      {"foreign link type", CaptureBytes().pcap(0xa1b2c3d4, 195), 0, false, "IEEE802_15_4 (195)"},
      {"ATM, whose number differs in files", CaptureBytes().pcap(0xa1b2c3d4, 100), 0, false,
       "ATM_RFC1483 (100)"},
      {"unknown link type", CaptureBytes().pcap(0xa1b2c3d4, 60000), 0, false, "60000"},
  };
}

std::vector<PcapCase> pcap_files_with_damaged_records() {
  CaptureBytes cut_record_header = CaptureBytes().pcap().record(1, 1, 60);
  cut_record_header.u32(1).u32(1);
  CaptureBytes cut_record = CaptureBytes().pcap().record(1, 1, 60).record(1, 1, 60);
  cut_record.bytes().pop_back();
  return {
      {"cut record header", cut_record_header, 1, true,
       "past byte 100 (after 1 packet): the file ends in the middle"},
      {"cut record", cut_record, 1, true, "past byte 100 (after 1 packet)"},
      {"incl_len 0", CaptureBytes().pcap().record(1, 1, 0).record(1, 1, 60), 1, true, ""},
      {"incl_len 2^32-1", CaptureBytes().pcap().record(1, 1, 60).u32(1).u32(1).u32(~0U).u32(60).zeros(99), 1,
       true, "claims 4294967295 captured bytes"},
      {"incl_len above what is believed",
       CaptureBytes().pcap().record(1, 1, 60).u32(1).u32(1).u32(262145).u32(60).zeros(262145), 1, true,
       "claims 262145 captured bytes"},
      {"incl_len > snaplen", CaptureBytes().pcap(0xa1b2c3d4, 1, 64).record(1, 1, 100).record(1, 1, 60), 2,
       true, ""},
      {"first packet damaged", CaptureBytes().pcap().u32(1).u32(1).u32(~0U).u32(60), 0, false,
       "claims 4294967295"},
  };
}

struct PcapngCase {
  const char* name;
  CaptureBytes capture;
  const char* message;
};

CaptureBytes good_pcapng() {
  return CaptureBytes().section().interface().packet(0, 1, 60);
}

std::vector<PcapngCase> pcapng_files_with_damaged_blocks() {
  const auto good = good_pcapng;
  CaptureBytes trailer = good().packet(0, 1, 60);
  trailer.bytes()[trailer.bytes().size() - 4] ^= 1;
  CaptureBytes cut = good().packet(0, 1, 60);
  cut.bytes().resize(cut.bytes().size() - 30);
  CaptureBytes cut_unknown = good().u32(0x0bad).u32(1 << 20).zeros(100);
  return {
      {"block length 0", good().u32(6).u32(0).zeros(40), "a block claims a length of 0"},
      {"block length 8", good().u32(6).u32(8).zeros(40), "a block claims a length of 8"},
      {"block length not x4", good().u32(6).u32(33).zeros(40), "a block claims a length of 33"},
      {"block length 2^32-4", good().u32(6).u32(~3U).zeros(40), "a block claims a length of 4294967292"},
      {"short packet block", good().block(6, CaptureBytes().zeros(8)), "a block claims a length of 20"},
      {"short interface", good().block(1, CaptureBytes().zeros(4)), "a block claims a length of 16"},
      {"short section", good().block(0x0a0d0d0a, CaptureBytes().u32(0x1a2b3c4d)),
       "a block claims a length of 16"},
      {"trailer differs", trailer, "does not end with its length"},
      {"cut block", cut, "ends in the middle"},
      {"cut unknown block", cut_unknown, "ends in the middle"},
      {"section of an unknown version",
       good().block(0x0a0d0d0a, CaptureBytes().u32(0x1a2b3c4d).u16(2).u16(0).zeros(8)), "version 2.0"},
      {"section without byte order", good().block(0x0a0d0d0a, CaptureBytes().u32(0x11223344).zeros(12)),
       "byte-order mark"},
  };
}

std::vector<PcapngCase> pcapng_files_with_damaged_contents() {
  const auto good = good_pcapng;
  const auto with_option = [&](CaptureBytes options) { return good().interface(1, &options); };
  return {
      {"option overflow", with_option(CaptureBytes().u16(2).u16(100).zeros(4)), "option 2 of an interface"},
      {"resolution of a wrong size", with_option(CaptureBytes().u16(9).u16(4).zeros(4)), "option 9"},
      {"resolution beyond counting", with_option(CaptureBytes().u16(9).u16(1).raw({20, 0, 0, 0})),
       "time resolution 0x14"},
      {"captured longer than its block",
       good().block(6, CaptureBytes().u32(0).u32(0).u32(0).u32(61).u32(61).zeros(60)),
       "claims 61 captured bytes"},
      {"captured far longer", good().block(6, CaptureBytes().u32(0).u32(0).u32(0).u32(~0U).u32(61).zeros(60)),
       "claims 4294967295"},
      {"unknown interface", good().packet(7, 1, 60), "interface 7, which is not described"},
  };
}

}  // namespace

TEST_CASE("E1: damaged pcap files are refused, or read up to the damage") {
  const TemporaryFolder directory;
  std::vector<PcapCase> cases = pcap_files_with_damaged_headers();
  for (const PcapCase& test : pcap_files_with_damaged_records()) cases.push_back(test);
  for (const PcapCase& test : cases) {
    INFO(test.name);
    const Reading reading = read(test.capture.write(directory / "x.pcap"));
    CHECK(reading.opened == test.opens);
    CHECK(reading.packets.size() == test.packets);
    CHECK(contains(reading.error, test.message));
    const bool wrong = *test.message != 0;
    CHECK(reading.code == (wrong ? ExitCode::input : ExitCode::ok));
    CHECK(reading.error.empty() != wrong);
  }
}

TEST_CASE("E1: whatever a file's length, a cut gives the whole packets before it") {
  const TemporaryFolder directory;
  const CaptureBytes whole = CaptureBytes().pcap().record(1, 1, 60).record(2, 2, 100).record(3, 3, 20);
  for (std::size_t size = 0; size <= whole.bytes().size(); ++size) {
    CaptureBytes cut = whole;
    cut.bytes().resize(size);
    const Reading reading = read(cut.write(directory / "x.pcap"));
    INFO(size);
    const std::size_t whole_packets =
        (size >= 100 ? 1U : 0U) + (size >= 216 ? 1U : 0U) + (size >= 252 ? 1U : 0U);
    CHECK(reading.packets.size() == whole_packets);
    const bool at_a_border = size == 24 || size == 100 || size == 216 || size == 252;
    CHECK(reading.error.empty() == at_a_border);
  }
}

TEST_CASE("E2: damaged pcapng files are refused, or read up to the damage") {
  const TemporaryFolder directory;
  std::vector<PcapngCase> cases = pcapng_files_with_damaged_blocks();
  for (const PcapngCase& test : pcapng_files_with_damaged_contents()) cases.push_back(test);
  for (const PcapngCase& test : cases) {
    INFO(test.name);
    const Reading reading = read(test.capture.write(directory / "x.pcapng"));
    CHECK(reading.opened);
    const bool wrong = *test.message != 0;
    CHECK(reading.packets.size() == (wrong ? 1 : 2));
    CHECK(contains(reading.error, test.message));
    CHECK(reading.code == (wrong ? ExitCode::input : ExitCode::ok));
  }
}

TEST_CASE("E2: a pcapng whose only interface cannot become Ethernet is refused by name") {
  const TemporaryFolder directory;
  const Reading reading =
      read(CaptureBytes().section().interface(105).packet(0, 1, 60).write(directory / "x.pcapng"));
  CHECK(reading.code == ExitCode::input);
  CHECK(reading.packets.empty());
  CHECK(contains(reading.error, "IEEE802_11 (105)"));
}

TEST_CASE("E2: an endless pcapng without a packet stops nobody") {
  const TemporaryFolder directory;
  const std::string path = directory / "fifo";
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  PortRig rig("pcap", {{"read", path}});
  rig.must_open();
  CHECK(rig.receive().empty());  // nobody writes
  const int writer = ::open(path.c_str(), O_WRONLY | O_NONBLOCK);
  REQUIRE(writer >= 0);
  CaptureBytes blocks = CaptureBytes().section().interface();
  for (int i = 0; i < 100; ++i) blocks.block(0x0bad, CaptureBytes().zeros(500));
  for (int i = 0; i < 50; ++i) {
    if (i == 0) REQUIRE(::write(writer, blocks.bytes().data(), blocks.bytes().size()) > 0);
    CHECK(rig.receive().empty());
    CHECK_FALSE(rig.port->exhausted(0));
  }
  ::close(writer);
}

TEST_CASE("E2: files that would be endless or block are refused at once") {
  const TemporaryFolder directory;
  for (const std::string& path : {std::string("/dev/zero"), std::string("/dev/null"),
                                  directory.path().string(), directory / "missing"}) {
    const Reading reading = read(path);
    CHECK_FALSE(reading.opened);
    CHECK(reading.code == ExitCode::input);
    CHECK(contains(reading.error, path));
  }
}

TEST_CASE("E2: a FIFO is read as it is written, byte by byte, and ends with its writer") {
  const TemporaryFolder directory;
  const std::string path = directory / "fifo";
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  const bool ng = GENERATE(false, true);
  const CaptureBytes capture = ng ? CaptureBytes().section().interface().packet(0, 1, 60).packet(0, 2, 61)
                                  : CaptureBytes().pcap().record(1, 1, 60).record(2, 2, 61);
  PortRig rig("pcap", {{"read", path}});
  rig.must_open();
  const int writer = ::open(path.c_str(), O_WRONLY);
  REQUIRE(writer >= 0);
  std::size_t count = 0;
  for (const std::uint8_t byte : capture.bytes()) {
    CHECK_FALSE(rig.port->exhausted(0));
    REQUIRE(::write(writer, &byte, 1) == 1);
    count += rig.drain();
  }
  CHECK(count == 2);
  CHECK_FALSE(rig.port->exhausted(0));
  ::close(writer);
  CHECK(rig.drain() == 0);
  CHECK(rig.port->exhausted(0));
  CHECK(rig.close());
}

TEST_CASE("E3: a file that is cut while it is read ends with an error") {
  const TemporaryFolder directory;
  CaptureBytes capture = CaptureBytes().pcap();
  for (std::uint32_t i = 0; i < 2000; ++i) capture.record(i, 0, 1000);
  const std::string path = capture.write(directory / "x.pcap");
  // At the border of two packets and inside of one: both lose packets, so both are errors.
  const int size = GENERATE(24 + 1016 * 500, 24 + 1016 * 500 + 77, 0);
  PortRig rig("pcap", {{"read", path}});
  rig.must_open();
  rig.give_back(rig.receive());
  REQUIRE(::truncate(path.c_str(), size) == 0);
  CHECK(rig.drain() < 1968);
  CHECK(rig.port->exhausted(0));
  const Result<void> closed = rig.close();
  REQUIRE_FALSE(closed);
  CHECK(closed.error().code == ExitCode::input);
  CHECK(contains(closed.error().text, "was cut while it was read"));
}

TEST_CASE("E3: a file that is deleted while it is read is read to its end") {
  const TemporaryFolder directory;
  CaptureBytes capture = CaptureBytes().pcap();
  for (std::uint32_t i = 0; i < 2000; ++i) capture.record(i, 0, 1000);
  const std::string path = capture.write(directory / "x.pcap");
  PortRig rig("pcap", {{"read", path}});
  rig.must_open();
  std::filesystem::remove(path);
  CHECK(rig.drain() == 2000);
  CHECK(rig.close());
}

TEST_CASE("a file that grows while it is read is read to its new end") {
  const TemporaryFolder directory;
  CaptureBytes capture = CaptureBytes().pcap().record(0, 0, 100).record(1, 0, 100);
  const std::string path = capture.write(directory / "x.pcap");
  PortRig rig("pcap", {{"read", path}});
  rig.must_open();
  // By few bytes, and by more than one read takes.
  const std::uint32_t more = GENERATE(1U, 2000U);
  for (std::uint32_t i = 0; i < more; ++i) capture.record(2 + i, 0, 1000);
  capture.write(path);
  CHECK(rig.drain() == 2 + more);
  CHECK(rig.close());
}
