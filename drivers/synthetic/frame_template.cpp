#include "drivers/synthetic/frame_template.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstring>

#include "core/base/big_endian.hpp"
#include "core/net/headers.hpp"
#include "core/net/parser.hpp"
#include "drivers/synthetic/frame_builder.hpp"

namespace ixyflow::drivers {
namespace {

constexpr std::uint32_t kDefaultSize = 64;

std::uint16_t word(const std::uint8_t* bytes) noexcept {
  return static_cast<std::uint16_t>(bytes[0] << 8 | bytes[1]);
}

/// RFC 1624: `change` is the sum of all changed words, new plus the complement of old.
void update_checksum(std::uint8_t* field, std::uint64_t change, bool zero_means_none) noexcept {
  const std::uint16_t before = word(field);
  if (zero_means_none && before == 0) return;
  std::uint64_t sum = change + static_cast<std::uint16_t>(~before);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  std::uint16_t after = static_cast<std::uint16_t>(~sum);
  if (zero_means_none && after == 0) after = 0xffff;
  const Be16 value(after);
  std::memcpy(field, &value, sizeof value);
}

std::optional<std::vector<std::uint8_t>> parse_hex(const std::string& text) {
  std::vector<std::uint8_t> bytes;
  unsigned digits = 0;
  for (const char c : text) {
    if (std::isspace(static_cast<unsigned char>(c)) != 0) continue;
    if (std::isxdigit(static_cast<unsigned char>(c)) == 0) return std::nullopt;
    const int digit = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
    if (digits++ % 2 == 0)
      bytes.push_back(static_cast<std::uint8_t>(digit << 4));
    else
      bytes.back() = static_cast<std::uint8_t>(bytes.back() | digit);
  }
  return digits % 2 == 0 ? std::optional(std::move(bytes)) : std::nullopt;
}

bool check_size(std::size_t size, const TemplateRequest& request, Diagnostics& diagnostics) {
  if (request.largest == 0 || size <= request.largest) return true;
  diagnostics.error(request.where,
                    fmt::format("frames of {} have {} bytes, but packets have room for {}", request.owner,
                                size, request.largest),
                    "raise packet_size in [pipeline]");
  return false;
}

}  // namespace

std::optional<FrameTemplate> FrameTemplate::make(const TemplateRequest& request, Diagnostics& diagnostics) {
  if (const std::string* hex = request.text.get_if<std::string>())
    return from_hex(*hex, request, diagnostics);
  if (const Value::Table* fields = request.text.get_if<Value::Table>())
    return from_fields(*fields, request, diagnostics);
  if (request.text.get_if<std::monostate>() != nullptr) return from_fields({}, request, diagnostics);
  diagnostics.error(request.text.where(),
                    fmt::format("'template' of {} takes a table of fields or a frame in hex, not {}",
                                request.owner, request.text.show()),
                    R"(for example { "ip.dst" = "198.19.0.1", "udp.dst" = 53 })");
  return std::nullopt;
}

std::optional<FrameTemplate> FrameTemplate::from_hex(const std::string& hex, const TemplateRequest& request,
                                                     Diagnostics& diagnostics) {
  auto bytes = parse_hex(hex);
  if (!bytes || bytes->size() < sizeof(EtherHeader) || bytes->size() > 65535) {
    diagnostics.error(
        request.text.where(), fmt::format("'template' of {} is no frame in hex", request.owner),
        "14 to 65535 bytes of two hex digits each; spaces and line ends may stand between them");
    return std::nullopt;
  }
  if (request.size && *request.size != bytes->size()) {
    diagnostics.error(request.text.where(),
                      fmt::format("'template' of {} has {} bytes, but 'size' says {}", request.owner,
                                  bytes->size(), *request.size),
                      "leave out 'size'");
    return std::nullopt;
  }
  if (!check_size(bytes->size(), request, diagnostics)) return std::nullopt;
  FrameTemplate result;
  result.frame_ = std::move(*bytes);
  result.find_variable_parts();
  return result;
}

std::optional<FrameTemplate> FrameTemplate::from_fields(const Value::Table& fields,
                                                        const TemplateRequest& request,
                                                        Diagnostics& diagnostics) {
  const std::uint32_t size = request.size.value_or(kDefaultSize);
  if (!check_size(size, request, diagnostics)) return std::nullopt;
  auto built = build_frame(fields, size, request.where, request.owner, diagnostics);
  if (!built) return std::nullopt;
  FrameTemplate result;
  result.frame_ = std::move(built->bytes);
  if (built->payload + sizeof(Be64) <= result.frame_.size()) result.sequence_ = built->payload;
  result.find_variable_parts();
  return result;
}

EtherAddress FrameTemplate::source() const noexcept {
  return header_at<EtherHeader>(std::span(frame_), 0)->source;
}

void FrameTemplate::set_source(const EtherAddress& address) noexcept {
  header_at<EtherHeader>(std::span(frame_), 0)->source = address;
}

void FrameTemplate::find_variable_parts() noexcept {
  const Layers layers = parse_layers(frame_);
  address_ = sizeof(EtherAddress) * 2 - 4;
  if (layers.ether_type == EtherType::ipv4 && layers.l3_offset + sizeof(Ipv4Header) <= frame_.size()) {
    address_ = layers.l3_offset + offsetof(Ipv4Header, source);
    ip_checksum_ = layers.l3_offset + offsetof(Ipv4Header, checksum);
  } else if (layers.ether_type == EtherType::ipv6 && layers.l3_offset + sizeof(Ipv6Header) <= frame_.size()) {
    address_ = layers.l3_offset + offsetof(Ipv6Header, source) + sizeof(Ipv6Address) - 4;
  }
  if (layers.l4_offset == 0) return;
  std::size_t checksum = 0;
  switch (layers.ip_protocol) {
    case IpProtocol::udp:
      checksum = offsetof(UdpHeader, checksum);
      udp_ = true;
      break;
    case IpProtocol::tcp:
      checksum = offsetof(TcpHeader, checksum);
      break;
    case IpProtocol::icmp6:
      checksum = 2;  // RFC 4443, 2.1
      break;
    default:
      return;
  }
  if (layers.l4_offset + checksum + sizeof(Be16) <= frame_.size()) l4_checksum_ = layers.l4_offset + checksum;
}

void FrameTemplate::write(std::uint8_t* frame, std::uint32_t flow, std::uint64_t sequence) const noexcept {
  std::memcpy(frame, frame_.data(), frame_.size());
  std::uint64_t change = 0;
  if (flow != 0) {
    std::uint8_t* address = frame + address_;
    Be32 value;
    std::memcpy(&value, address, sizeof value);
    const std::uint32_t before = value.value();
    const std::uint32_t after = before + flow;
    value = after;
    std::memcpy(address, &value, sizeof value);
    change = std::uint64_t{~before & 0xffffU} + (~before >> 16) + (after & 0xffffU) + (after >> 16);
    if (ip_checksum_ != 0) update_checksum(frame + ip_checksum_, change, false);
  }
  if (sequence_ != 0) {
    const Be64 number(sequence);
    std::memcpy(frame + sequence_, &number, sizeof number);
    change += (sequence & 0xffff) + (sequence >> 16 & 0xffff) + (sequence >> 32 & 0xffff) + (sequence >> 48);
  }
  if (l4_checksum_ != 0 && change != 0) update_checksum(frame + l4_checksum_, change, udp_);
}

}  // namespace ixyflow::drivers
