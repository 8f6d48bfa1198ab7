#include "tests/support/frames.hpp"

#include <arpa/inet.h>
#include <pcap/pcap.h>

#include <cctype>
#include <cstdlib>
#include <memory>
#include <stdexcept>

namespace ixyflow::test {
namespace {

void put8(Bytes& out, std::uint32_t value) {
  out.push_back(static_cast<std::uint8_t>(value));
}
void put16(Bytes& out, std::uint32_t value) {
  put8(out, value >> 8);
  put8(out, value);
}
void put32(Bytes& out, std::uint32_t value) {
  put16(out, value >> 16);
  put16(out, value);
}
void put(Bytes& out, std::span<const std::uint8_t> bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

std::uint16_t get16(std::span<const std::uint8_t> bytes, std::size_t at) {
  return static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}
void set16(Bytes& bytes, std::size_t at, std::uint16_t value) {
  bytes[at] = static_cast<std::uint8_t>(value >> 8);
  bytes[at + 1] = static_cast<std::uint8_t>(value);
}

Bytes mac(std::string text) {
  for (char& c : text)
    if (c == ':') c = ' ';
  Bytes bytes = from_hex(text);
  if (bytes.size() != 6) throw std::invalid_argument("not a MAC address: " + text);
  return bytes;
}

Bytes address(int family, const std::string& text) {
  Bytes bytes(family == AF_INET ? 4 : 16);
  if (inet_pton(family, text.c_str(), bytes.data()) != 1)
    throw std::invalid_argument("not an address: " + text);
  return bytes;
}

Bytes multiple_of_four(Bytes bytes) {
  while (bytes.size() % 4 != 0) bytes.push_back(0);
  return bytes;
}

/// Offset of the checksum in a transport header; nothing for protocols that have none or that we do not
/// build.
std::optional<std::size_t> checksum_offset(std::uint8_t protocol) {
  switch (protocol) {
    case 1:
      return 2;
    case 6:
      return 16;
    case 17:
      return 6;
    case 58:
      return 2;
    default:
      return std::nullopt;
  }
}

Bytes pseudo_header(std::span<const std::uint8_t> addresses, std::uint8_t protocol, std::size_t length) {
  Bytes bytes(addresses);
  put32(bytes, static_cast<std::uint32_t>(length));
  put32(bytes, protocol);
  return bytes;
}

void fill_checksum(Bytes& segment, std::uint8_t protocol, const Bytes& pseudo) {
  const auto at = checksum_offset(protocol);
  if (!at || segment.size() < *at + 2) return;
  set16(segment, *at, 0);
  std::uint16_t sum = plain_checksum(protocol == 1 ? segment : join({pseudo, segment}));
  if (protocol == 17 && sum == 0) sum = 0xffff;  // RFC 768: 0 says that there is none
  set16(segment, *at, sum);
}

}  // namespace

std::ostream& operator<<(std::ostream& stream, const Bytes& bytes) {
  return stream << bytes.size() << " bytes " << to_hex(bytes);
}

Bytes from_hex(std::string_view text) {
  Bytes bytes;
  int high = -1;
  for (const char c : text) {
    if (std::isspace(static_cast<unsigned char>(c)) != 0) continue;
    if (std::isxdigit(static_cast<unsigned char>(c)) == 0)
      throw std::invalid_argument("not hexadecimal: " + std::string(text));
    const int digit = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
    if (high < 0) {
      high = digit;
    } else {
      bytes.push_back(static_cast<std::uint8_t>(high * 16 + digit));
      high = -1;
    }
  }
  if (high >= 0) throw std::invalid_argument("half a byte: " + std::string(text));
  return bytes;
}

std::string to_hex(std::span<const std::uint8_t> bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

Bytes join(std::initializer_list<Bytes> pieces) {
  Bytes bytes;
  for (const Bytes& piece : pieces) put(bytes, piece);
  return bytes;
}

Bytes counting(std::size_t count) {
  Bytes bytes(count);
  for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<std::uint8_t>(i);
  return bytes;
}

Bytes ethernet(const Ethernet& header, const Bytes& payload) {
  Bytes frame = join({mac(header.destination), mac(header.source)});
  put16(frame, header.type);
  put(frame, payload);
  return frame;
}

Bytes vlan(std::uint16_t tci, std::uint16_t type, const Bytes& payload) {
  Bytes bytes;
  put16(bytes, tci);
  put16(bytes, type);
  put(bytes, payload);
  return bytes;
}

Bytes padded(Bytes frame) {
  if (frame.size() < 60) frame.resize(60);
  return frame;
}

Bytes ipv4(const Ipv4& header, Bytes payload) {
  const Bytes addresses = join({address(AF_INET, header.source), address(AF_INET, header.destination)});
  const Bytes options = multiple_of_four(header.options);
  if (header.transport_checksum && (header.fragment & 0x3fff) == 0)
    fill_checksum(payload, header.protocol, pseudo_header(addresses, header.protocol, payload.size()));
  Bytes bytes;
  put8(bytes, static_cast<std::uint32_t>(0x45 + options.size() / 4));
  put8(bytes, header.tos);
  put16(bytes, static_cast<std::uint32_t>(20 + options.size() + payload.size()));
  put16(bytes, header.identification);
  put16(bytes, header.fragment);
  put8(bytes, header.ttl);
  put8(bytes, header.protocol);
  put16(bytes, 0);
  put(bytes, addresses);
  put(bytes, options);
  set16(bytes, 10, plain_checksum(bytes));
  put(bytes, payload);
  return bytes;
}

Bytes ipv6(const Ipv6& header, Bytes payload) {
  const Bytes addresses = join({address(AF_INET6, header.source), address(AF_INET6, header.destination)});
  if (header.transport_checksum)
    fill_checksum(payload, header.next_header, pseudo_header(addresses, header.next_header, payload.size()));
  Bytes bytes;
  put32(bytes, 0x60000000);
  put16(bytes, static_cast<std::uint32_t>(payload.size()));
  put8(bytes, header.next_header);
  put8(bytes, header.hop_limit);
  put(bytes, addresses);
  put(bytes, payload);
  return bytes;
}

Bytes udp(const Udp& header, const Bytes& payload) {
  Bytes bytes;
  put16(bytes, header.source);
  put16(bytes, header.destination);
  put16(bytes, static_cast<std::uint32_t>(8 + payload.size()));
  put16(bytes, 0);
  put(bytes, payload);
  return bytes;
}

Bytes tcp(const Tcp& header, const Bytes& payload) {
  const Bytes options = multiple_of_four(header.options);
  Bytes bytes;
  put16(bytes, header.source);
  put16(bytes, header.destination);
  put32(bytes, header.sequence);
  put32(bytes, header.acknowledgement);
  put8(bytes, static_cast<std::uint32_t>((5 + options.size() / 4) << 4));
  put8(bytes, header.flags);
  put16(bytes, header.window);
  put32(bytes, 0);  // checksum, urgent pointer
  put(bytes, options);
  put(bytes, payload);
  return bytes;
}

Bytes icmp_echo(std::uint16_t id, std::uint16_t sequence, const Bytes& payload) {
  Bytes bytes;
  put32(bytes, 0x08000000);
  put16(bytes, id);
  put16(bytes, sequence);
  put(bytes, payload);
  return bytes;
}

Bytes arp_request(const std::string& sender_mac, const std::string& sender, const std::string& target) {
  return join({from_hex("0001 0800 06 04 0001"), mac(sender_mac), address(AF_INET, sender), Bytes(6),
               address(AF_INET, target)});
}

Bytes udp_frame() {
  return ethernet({}, ipv4({}, udp({}, counting(18))));
}
Bytes tcp_frame() {
  return ethernet({}, ipv4({.protocol = 6}, tcp({}, counting(10))));
}
Bytes udp6_frame() {
  return ethernet({.type = 0x86dd}, ipv6({}, udp({}, counting(18))));
}
Bytes vlan_udp_frame(std::uint16_t id) {
  return ethernet({.type = 0x8100}, vlan(id, 0x0800, ipv4({}, udp({}, counting(18)))));
}
Bytes arp_frame() {
  return padded(ethernet({.destination = "ff:ff:ff:ff:ff:ff", .type = 0x0806},
                         arp_request("02:00:00:00:00:01", "192.0.2.1", "192.0.2.2")));
}

std::uint16_t plain_checksum(std::span<const std::uint8_t> bytes) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) sum += i % 2 == 0 ? std::uint64_t{bytes[i]} << 8 : bytes[i];
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

bool ipv4_checksum_right(std::span<const std::uint8_t> frame, std::size_t offset) {
  const std::size_t length = (frame[offset] & 15U) * 4U;
  return plain_checksum(frame.subspan(offset, length)) == 0;
}

bool transport_checksum_right(std::span<const std::uint8_t> frame, std::size_t offset) {
  const bool six = frame[offset] >> 4 == 6;
  const std::size_t header = six ? 40 : (frame[offset] & 15U) * 4U;
  const std::size_t length = six ? get16(frame, offset + 4) : get16(frame, offset + 2) - header;
  const std::uint8_t protocol = frame[offset + (six ? 6 : 9)];
  const Bytes segment(frame.subspan(offset + header, length));
  if (protocol == 1) return plain_checksum(segment) == 0;
  const auto addresses = six ? frame.subspan(offset + 8, 32) : frame.subspan(offset + 12, 8);
  return plain_checksum(join({pseudo_header(addresses, protocol, length), segment})) == 0;
}

std::optional<Capture> read_capture(const std::filesystem::path& path, std::size_t limit) {
  char why[PCAP_ERRBUF_SIZE];
  const std::unique_ptr<pcap_t, decltype(&pcap_close)> file(
      pcap_open_offline_with_tstamp_precision(path.c_str(), PCAP_TSTAMP_PRECISION_NANO, why), &pcap_close);
  if (file == nullptr) return std::nullopt;
  Capture capture;
  capture.link_type = pcap_datalink(file.get());
  pcap_pkthdr* record = nullptr;
  const u_char* bytes = nullptr;
  int result = 1;
  while (capture.frames.size() < limit && (result = pcap_next_ex(file.get(), &record, &bytes)) == 1)
    capture.frames.push_back({Bytes(std::span(bytes, record->caplen)), record->len,
                              record->ts.tv_sec * 1'000'000'000 + record->ts.tv_usec});
  capture.damaged = result == PCAP_ERROR;
  return capture;
}

std::optional<std::filesystem::path> corpus_path() {
  const char* given = std::getenv("IXYFLOW_CAPTURES");
  const std::filesystem::path path = given != nullptr ? given : source_path() / ".." / "shared" / "captures";
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) return std::nullopt;
  return path;
}

std::filesystem::path source_path() {
  return IXYFLOW_SOURCE_DIR;
}

}  // namespace ixyflow::test
