#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Frames for tests: from hexadecimal text, built header by header with right checksums, or read from
/// captures. Made without the code under test, so that the two can disagree.
namespace ixyflow::test {

/// Bytes that a failing CHECK shows in hexadecimal.
struct Bytes : std::vector<std::uint8_t> {
  using std::vector<std::uint8_t>::vector;
  Bytes(const std::vector<std::uint8_t>& bytes) : vector(bytes) {}
  explicit Bytes(std::span<const std::uint8_t> bytes) : vector(bytes.begin(), bytes.end()) {}
  /// The first `count` bytes: a frame as a capture would cut it.
  [[nodiscard]] Bytes first(std::size_t count) const { return Bytes(std::span(*this).first(count)); }
};
std::ostream& operator<<(std::ostream& stream, const Bytes& bytes);

/// "45 00 0054" -> bytes. Blanks and line ends are passed over; anything else that is not hexadecimal throws.
Bytes from_hex(std::string_view text);
/// Lower-case hexadecimal without blanks.
std::string to_hex(std::span<const std::uint8_t> bytes);
/// The pieces one after another.
Bytes join(std::initializer_list<Bytes> pieces);
/// `count` bytes 0, 1, 2, ...: a payload in which every byte tells its place.
Bytes counting(std::size_t count);

struct Ethernet {
  std::string destination = "02:00:00:00:00:02";
  std::string source = "02:00:00:00:00:01";
  std::uint16_t type = 0x0800;
};
/// No padding to 60 bytes: `padded` does that.
Bytes ethernet(const Ethernet& header, const Bytes& payload);
/// A tag as it follows an EtherType 0x8100 or 0x88a8: TCI, the EtherType behind it, what follows.
Bytes vlan(std::uint16_t tci, std::uint16_t type, const Bytes& payload);
/// The frame filled up with zeros to the shortest length that Ethernet sends (60 bytes without FCS).
Bytes padded(Bytes frame);

struct Ipv4 {
  std::string source = "192.0.2.1";
  std::string destination = "198.51.100.2";
  std::uint8_t protocol = 17;
  std::uint8_t ttl = 64;
  std::uint8_t tos = 0;
  std::uint16_t identification = 0x1234;
  std::uint16_t fragment = 0;      ///< flags and offset as they stand in the header
  Bytes options = {};              ///< filled up with zeros to a multiple of 4
  bool transport_checksum = true;  ///< compute the checksum of the TCP, UDP or ICMP header that follows
};
Bytes ipv4(const Ipv4& header, Bytes payload);

struct Ipv6 {
  std::string source = "2001:db8::1";
  std::string destination = "2001:db8::2";
  std::uint8_t next_header = 17;
  std::uint8_t hop_limit = 64;
  bool transport_checksum = true;
};
Bytes ipv6(const Ipv6& header, Bytes payload);

struct Udp {
  std::uint16_t source = 5123;
  std::uint16_t destination = 53;
};
/// Its checksum is 0 until `ipv4` or `ipv6` computes it.
Bytes udp(const Udp& header, const Bytes& payload);

struct Tcp {
  std::uint16_t source = 40000;
  std::uint16_t destination = 80;
  std::uint32_t sequence = 1000;
  std::uint32_t acknowledgement = 2000;
  std::uint8_t flags = 0x18;  ///< PSH, ACK
  std::uint16_t window = 8192;
  Bytes options = {};  ///< filled up with zeros to a multiple of 4
};
Bytes tcp(const Tcp& header, const Bytes& payload);

/// An ICMP echo request (type 8); its checksum is 0 until `ipv4` computes it.
Bytes icmp_echo(std::uint16_t id, std::uint16_t sequence, const Bytes& payload);
/// An ARP request for `target` (RFC 826), behind the Ethernet header.
Bytes arp_request(const std::string& sender_mac, const std::string& sender, const std::string& target);

/// Whole frames for tests that need any good one: 18 bytes of payload in UDP over IPv4 (60 bytes), and
/// relatives.
Bytes udp_frame();
Bytes tcp_frame();
Bytes udp6_frame();
Bytes vlan_udp_frame(std::uint16_t id = 100);
Bytes arp_frame();

/// The Internet checksum (RFC 1071) of `bytes`, whose own checksum field counts like any other: 0 when it is
/// right.
std::uint16_t plain_checksum(std::span<const std::uint8_t> bytes);
/// Whether the checksum of the IPv4 header at `offset`, and that of the whole TCP or UDP segment behind it,
/// are right.
bool ipv4_checksum_right(std::span<const std::uint8_t> frame, std::size_t offset = 14);
bool transport_checksum_right(std::span<const std::uint8_t> frame, std::size_t offset = 14);

struct CapturedFrame {
  Bytes bytes;
  std::uint32_t wire_length = 0;
  std::int64_t timestamp = 0;  ///< nanoseconds since the epoch
};
struct Capture {
  int link_type = 1;  ///< LINKTYPE_ETHERNET is 1
  std::vector<CapturedFrame> frames;
  bool damaged = false;  ///< the file ends in the middle of a frame, or so libpcap says
};
/// The frames of a pcap or pcapng file, at most `limit`; nothing when libpcap does not open it.
std::optional<Capture> read_capture(const std::filesystem::path& path, std::size_t limit = 100'000);

/// Where the large corpus of captures is: $IXYFLOW_CAPTURES, else ../shared/captures beside the project;
/// nothing when it is not there.
std::optional<std::filesystem::path> corpus_path();
/// Root of the source tree.
std::filesystem::path source_path();

}  // namespace ixyflow::test
