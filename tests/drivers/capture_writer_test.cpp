#include <fcntl.h>
#include <pcap/pcap.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <fstream>
#include <thread>

#include "tests/drivers/capture_bytes.hpp"
#include "tests/drivers/port_rig.hpp"
#include "tests/support/frames.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

namespace {

const std::string kInternet = source_path() / "pipelines/captures/internet-4k.pcap";

/// Packets in a capture as libpcap counts them; -1 when it finds the file damaged.
int count_packets(const std::string& path) {
  char error[PCAP_ERRBUF_SIZE];
  pcap_t* capture = pcap_open_offline(path.c_str(), error);
  if (capture == nullptr) return -1;
  int count = 0;
  pcap_pkthdr* header;
  const u_char* data;
  int result = 0;
  while ((result = pcap_next_ex(capture, &header, &data)) == 1) ++count;
  pcap_close(capture);
  return result == PCAP_ERROR_BREAK ? count : -1;
}

/// No file may grow beyond `bytes` while this lives.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
    set(bytes);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  void set(rlim_t bytes) {
    const rlimit limit{bytes, before_.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
  }

 private:
  rlimit before_{};
  void (*handler_)(int) = SIG_DFL;
};

const std::vector<std::uint8_t> kFrame(1000, 0x55);

}  // namespace

TEST_CASE("a capture that is read and written again has the same packets, lengths and times") {
  const TemporaryFolder directory;
  const std::string copy = directory / "copy.pcap";
  {
    PortRig rig("pcap", {{"read", kInternet}, {"write", copy}});
    rig.must_open();
    while (!rig.port->exhausted(0)) {
      const auto packets = rig.receive(64);
      REQUIRE(rig.port->tx_room(0) >= packets.size());
      REQUIRE(rig.port->tx(0, packets) == packets.size());
    }
    CHECK(rig.close());
  }
  char error[PCAP_ERRBUF_SIZE];
  pcap_t* a = pcap_open_offline_with_tstamp_precision(kInternet.c_str(), PCAP_TSTAMP_PRECISION_NANO, error);
  pcap_t* b = pcap_open_offline_with_tstamp_precision(copy.c_str(), PCAP_TSTAMP_PRECISION_NANO, error);
  REQUIRE(b != nullptr);
  pcap_pkthdr *header_a, *header_b;
  const u_char *data_a, *data_b;
  int count = 0;
  while (pcap_next_ex(a, &header_a, &data_a) == 1) {
    REQUIRE(pcap_next_ex(b, &header_b, &data_b) == 1);
    REQUIRE(header_a->caplen == header_b->caplen);
    REQUIRE(header_a->len == header_b->len);
    REQUIRE(header_a->ts.tv_sec == header_b->ts.tv_sec);
    REQUIRE(header_a->ts.tv_usec == header_b->ts.tv_usec);
    REQUIRE(std::equal(data_a, data_a + header_a->caplen, data_b));
    ++count;
  }
  CHECK(pcap_next_ex(b, &header_b, &data_b) == PCAP_ERROR_BREAK);
  CHECK(count == 4096);
  pcap_close(a);
  pcap_close(b);
}

TEST_CASE("the output is a capture from the moment it is opened, and a slow one can be watched") {
  const TemporaryFolder directory;
  const std::string path = directory / "out.pcap";
  PortRig rig("pcap", {{"write", path}});
  CHECK_FALSE(std::filesystem::exists(path));  // `check` makes no file
  rig.must_open();
  CHECK(count_packets(path) == 0);
  rig.send(kFrame, 5);
  CHECK(count_packets(path) == 0);
  rig.clock.advance_to(2'000'000'000);
  rig.send(kFrame, 6, 1500);
  CHECK(count_packets(path) == 2);
  rig.send(kFrame, 7);
  rig.clock.advance_to(4'000'000'000);
  CHECK(rig.port->tx_room(0) > 0);  // asked every round, also when nothing is sent
  CHECK(count_packets(path) == 3);
}

TEST_CASE("an output file that is longer from before is replaced") {
  const TemporaryFolder directory;
  const std::string path = CaptureBytes().zeros(100'000).write(directory / "out.pcap");
  {
    PortRig rig("pcap", {{"write", path}});
    rig.must_open();
    rig.send(kFrame);
  }
  CHECK(count_packets(path) == 1);
  CHECK(std::filesystem::file_size(path) == 24 + 16 + 1000);
}

TEST_CASE("the file that is read is never overwritten, whatever it is called") {
  const TemporaryFolder directory;
  const std::string path = CaptureBytes().pcap().record(1, 1, 60).write(directory / "x.pcap");
  std::filesystem::create_hard_link(path, directory / "other.pcap");
  std::filesystem::create_symlink(path, directory / "link.pcap");
  PortRig hard("pcap", {{"read", path}, {"write", directory / "other.pcap"}});
  const Result<void> opened = hard.open();
  REQUIRE_FALSE(opened);
  CHECK(opened.error().text.find("is the file that is read") != std::string::npos);
  PortRig link("pcap", {{"read", path}, {"write", directory / "link.pcap"}});
  CHECK_FALSE(link.open());
  CHECK(count_packets(path) == 1);
}

TEST_CASE(
    "N1: a file that may not grow further keeps its whole packets, counts the rest and goes on with room") {
  const TemporaryFolder directory;
  const std::string path = directory / "out.pcap";
  PortRig rig("pcap", {{"write", path}});
  rig.must_open();
  constexpr int kFirst = 1000;
  constexpr int kLater = 500;
  std::uint64_t written = 0;
  {
    FileSizeLimit limit(300'000);
    for (int i = 0; i < kFirst; ++i) rig.send(kFrame, i);
    rig.port->detach_tx(0);
    written = static_cast<std::uint64_t>(count_packets(path));
    CHECK(written == (300'000 - 24) / 1016);
    CHECK(rig.counter("not_written") == kFirst - written);
  }
  for (int i = 0; i < kLater; ++i) rig.send(kFrame, i);
  const Result<void> closed = rig.close();
  REQUIRE_FALSE(closed);
  CHECK(closed.error().code == ExitCode::output);
  CHECK(closed.error().text.find("File too large (limit: ulimit -f); 705 of 1500 packets were not written") !=
        std::string::npos);
  CHECK(count_packets(path) == static_cast<int>(written) + kLater);
}

TEST_CASE("N1: a full disk is noticed at open when not even the file header fits, and nothing stays behind") {
  const TemporaryFolder directory;
  PortRig full("pcap", {{"write", std::string("/dev/full")}});
  const Result<void> opened = full.open();
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == ExitCode::output);
  CHECK(opened.error().text == "cannot write '/dev/full': No space left on device");

  PortRig rig("pcap", {{"write", directory / "out.pcap"}});
  const FileSizeLimit limit(0);
  CHECK_FALSE(rig.open());
  CHECK_FALSE(std::filesystem::exists(directory / "out.pcap"));
}

TEST_CASE("N2: outputs that cannot be opened are refused, and one that was removed is an error") {
  const TemporaryFolder directory;
  for (const std::string& path : {directory.path().string(), directory / "no/such/out.pcap"}) {
    PortRig rig("pcap", {{"write", path}});
    const Result<void> opened = rig.open();
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == ExitCode::output);
    CHECK(opened.error().text.find(path) != std::string::npos);
  }
  PortRig rig("pcap", {{"write", directory / "out.pcap"}});
  rig.must_open();
  rig.send(kFrame);
  std::filesystem::remove(directory / "out.pcap");
  const Result<void> closed = rig.close();
  REQUIRE_FALSE(closed);
  CHECK(closed.error().text.find("was removed") != std::string::npos);
}

TEST_CASE("N4: a port waits for the slow reader of a FIFO and loses nothing") {
  const TemporaryFolder directory;
  const std::string path = directory / "fifo";
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  const int reader = ::open(path.c_str(), O_RDONLY | O_NONBLOCK);
  REQUIRE(reader >= 0);
  std::vector<std::uint8_t> received;
  const auto take = [&](std::size_t most) {
    std::vector<std::uint8_t> piece(most);
    const ssize_t count = ::read(reader, piece.data(), piece.size());
    if (count > 0) received.insert(received.end(), piece.begin(), piece.begin() + count);
    return count;
  };
  PortRig rig("pcap", {{"write", path}});
  rig.must_open();
  std::uint64_t sent = 0;
  while (rig.port->tx_room(0) > 0) {
    for (int i = 0; i < 64; ++i, ++sent) rig.send(kFrame);
    REQUIRE(sent < 100'000);
  }
  CHECK(rig.counter("not_written") == 0);
  // The reader wakes up: there is room again, until all is through.
  while (rig.port->tx_room(0) == 0) REQUIRE(take(10'000) > 0);
  rig.send(kFrame);
  ++sent;
  std::thread rest([&] {
    for (ssize_t count = 1; count != 0;)
      if ((count = take(100'000)) < 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  });
  CHECK(rig.close());
  rest.join();
  ::close(reader);
  CHECK(received.size() == 24 + sent * 1016);
  CHECK(count_packets(CaptureBytes::write_file(directory / "copy.pcap", received)) == static_cast<int>(sent));
}

TEST_CASE("N4: when the reader of a FIFO goes away, what it did not get is counted") {
  const TemporaryFolder directory;
  const std::string path = directory / "fifo";
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  const auto handler = std::signal(SIGPIPE, SIG_IGN);
  const int reader = ::open(path.c_str(), O_RDONLY | O_NONBLOCK);
  PortRig rig("pcap", {{"write", path}});
  rig.must_open();
  for (int i = 0; i < 10; ++i) rig.send(kFrame);
  ::close(reader);
  for (int i = 0; i < 10; ++i) rig.send(kFrame);
  const Result<void> closed = rig.close();
  REQUIRE_FALSE(closed);
  CHECK(closed.error().text.find("Broken pipe; 10 of 20 packets were not written") != std::string::npos);
  CHECK(rig.counter("not_written") == 10);
  std::signal(SIGPIPE, handler);
}

TEST_CASE("a port without 'write' frees what it is given") {
  PortRig rig("pcap", {{"read", kInternet}});
  rig.must_open();
  const auto packets = rig.receive();
  CHECK(rig.port->tx_room(0) > 1'000'000);
  CHECK(rig.port->tx(0, packets) == packets.size());
}

TEST_CASE("damaged input and failed output are both told") {
  const TemporaryFolder directory;
  const std::string path = CaptureBytes().pcap().record(1, 1, 60).zeros(3).write(directory / "x.pcap");
  PortRig rig("pcap", {{"read", path}, {"write", directory / "out.pcap"}});
  rig.must_open();
  CHECK(rig.drain() == 1);
  std::filesystem::remove(directory / "out.pcap");
  const Result<void> closed = rig.close();
  REQUIRE_FALSE(closed);
  CHECK(closed.error().code == ExitCode::output);
  CHECK(closed.error().text.find("in the middle") != std::string::npos);
  CHECK(closed.error().text.find("was removed") != std::string::npos);
}

TEST_CASE("a file whose name ends so is pcapng, and says the same") {
  const TemporaryFolder directory;
  const std::string path = directory / "out.pcapng";
  PortRig rig("pcap", {{"write", path}});
  rig.must_open();
  constexpr Nanoseconds kTime = 1'700'000'000'123'456'789;
  std::vector<std::uint8_t> odd(kFrame.begin(), kFrame.begin() + 61);
  rig.send(odd, kTime, 1500);
  rig.send(kFrame, kTime + 1);
  CHECK(rig.close());
  CHECK(read_bytes(path).size() % 4 == 0);
  char error[PCAP_ERRBUF_SIZE];
  pcap_t* capture = pcap_open_offline_with_tstamp_precision(path.c_str(), PCAP_TSTAMP_PRECISION_NANO, error);
  REQUIRE(capture != nullptr);
  pcap_pkthdr* header = nullptr;
  const u_char* data = nullptr;
  REQUIRE(pcap_next_ex(capture, &header, &data) == 1);
  CHECK(header->ts.tv_sec == 1'700'000'000);
  CHECK(header->ts.tv_usec == 123'456'789);
  CHECK(header->caplen == 61);
  CHECK(header->len == 1500);
  CHECK(std::equal(odd.begin(), odd.end(), data));
  REQUIRE(pcap_next_ex(capture, &header, &data) == 1);
  CHECK(header->caplen == kFrame.size());
  CHECK(pcap_next_ex(capture, &header, &data) == PCAP_ERROR_BREAK);
  pcap_close(capture);
}

TEST_CASE("N4: in pcapng, too, a slow reader of a FIFO gets whole packets, one after the other") {
  const TemporaryFolder directory;
  const std::string path = directory / "fifo.pcapng";
  const std::string copy = directory / "copy.pcapng";
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  std::thread reader([&] {
    std::ifstream in(path, std::ios::binary);
    std::ofstream out(copy, std::ios::binary);
    std::array<char, 777> piece;
    while (in.read(piece.data(), piece.size()), in.gcount() > 0) out.write(piece.data(), in.gcount());
  });
  PortRig rig("pcap", {{"write", path}});
  rig.must_open();
  const std::vector<std::uint8_t> odd(kFrame.begin(), kFrame.begin() + 997);
  for (int i = 0; i < 500; ++i) rig.send(odd, i);
  CHECK(rig.close());
  reader.join();
  CHECK(count_packets(copy) == 500);
}

TEST_CASE("what goes into a pipe is there at once, packet by packet") {
  const TemporaryFolder directory;
  const std::string path = directory / "fifo";
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  const int reader = ::open(path.c_str(), O_RDONLY | O_NONBLOCK);
  PortRig rig("pcap", {{"write", path}});
  rig.must_open();
  std::vector<std::uint8_t> piece(100'000);
  CHECK(::read(reader, piece.data(), piece.size()) == 24);
  rig.send(kFrame);
  CHECK(::read(reader, piece.data(), piece.size()) == static_cast<ssize_t>(16 + kFrame.size()));
  CHECK(rig.close());
  ::close(reader);
}

TEST_CASE("no compressed file is promised by its name and not written") {
  for (const char* name : {"x.pcap.gz", "x.pcapng.zst"}) {
    PortRig rig("pcap", {{"write", std::string(name)}});
    CHECK(rig.diagnostics.render().find("writes no ") != std::string::npos);
  }
}
