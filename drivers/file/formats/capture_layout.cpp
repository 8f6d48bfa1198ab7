#include "drivers/file/formats/capture_layout.hpp"

#include <string_view>

namespace ixyflow::drivers {
namespace {

constexpr std::uint32_t kSnapLength = 262144;
constexpr std::uint16_t kEthernetLink = 1;

template <class T>
void add_number(std::string& bytes, T value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

/// An option of a block, padded to 32 bits.
void add_option(std::string& bytes, std::uint16_t code, std::string_view content) {
  add_number(bytes, code);
  add_number(bytes, static_cast<std::uint16_t>(content.size()));
  bytes += content;
  bytes.append((4 - content.size() % 4) % 4, '\0');
}

/// `body` ends with its options, if it has any.
void add_block(std::string& bytes, std::uint32_t type, const std::string& body) {
  const auto length = static_cast<std::uint32_t>(body.size() + 3 * sizeof(std::uint32_t));
  add_number(bytes, type);
  add_number(bytes, length);
  bytes += body;
  add_number(bytes, length);
}

/// draft-ietf-opsawg-pcapng, 4.1
std::string section_body() {
  constexpr std::uint16_t kApplication = 4;
  std::string body;
  add_number(body, std::uint32_t{0x1a2b3c4d});
  add_number(body, std::uint16_t{1});
  add_number(body, std::uint16_t{0});
  add_number(body, ~std::uint64_t{0});  // its length is not known
  add_option(body, kApplication, "ixyflow " IXYFLOW_VERSION);
  add_option(body, 0, "");
  return body;
}

/// 4.2
std::string interface_body() {
  constexpr std::uint16_t kResolution = 9;
  std::string body;
  add_number(body, kEthernetLink);
  add_number(body, std::uint16_t{0});
  add_number(body, kSnapLength);
  add_option(body, kResolution, "\x09");  // 10^-9 s
  add_option(body, 0, "");
  return body;
}

}  // namespace

std::string CaptureLayout::file_header() const {
  std::string bytes;
  if (pcapng_) {
    add_block(bytes, 0x0a0d0d0a, section_body());
    add_block(bytes, 1, interface_body());
    return bytes;
  }
  // draft-ietf-opsawg-pcap, 4
  add_number(bytes, std::uint32_t{0xa1b23c4d});
  add_number(bytes, std::uint16_t{2});
  add_number(bytes, std::uint16_t{4});
  add_number(bytes, std::uint64_t{0});
  add_number(bytes, kSnapLength);
  add_number(bytes, std::uint32_t{kEthernetLink});
  return bytes;
}

void CaptureLayout::put_block(std::uint8_t* place, std::uint64_t time, const std::uint8_t* data,
                              std::uint32_t captured, std::uint32_t original) noexcept {
  const std::size_t room = padded(captured);
  const auto length = static_cast<std::uint32_t>(sizeof(PacketBlock) + room + sizeof(std::uint32_t));
  const PacketBlock block{.length = length,
                          .time_high = static_cast<std::uint32_t>(time >> 32),
                          .time_low = static_cast<std::uint32_t>(time),
                          .captured = captured,
                          .original = original};
  std::memcpy(place, &block, sizeof block);
  std::memcpy(place + sizeof block, data, captured);
  std::memset(place + sizeof block + captured, 0, room - captured);
  std::memcpy(place + sizeof block + room, &length, sizeof length);
}

}  // namespace ixyflow::drivers
