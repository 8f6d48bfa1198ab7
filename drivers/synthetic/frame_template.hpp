#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/diagnostics.hpp"
#include "core/base/values/value.hpp"
#include "core/net/addresses.hpp"

namespace ixyflow::drivers {

/// What a template is made from: the `template` of a generator, as it stands in the file.
struct TemplateRequest {
  const Value& text;                  ///< a table of fields, a whole frame in hex, or nothing
  std::optional<std::uint32_t> size;  ///< of the frame, without FCS; absent: 64, or what the hex text has
  std::uint32_t largest = 0;          ///< bytes that a packet has room for; 0: any
  SourceRange where;                  ///< for what has no better place
  std::string owner;                  ///< "port 'gen' (driver generator)"
};

/// A frame, and what differs from packet to packet: the flow, added to the last four bytes of the source
/// address (IPv4, IPv6, else Ethernet), and a sequence number of eight bytes at the start of the payload,
/// where the frame was made from fields and has room for it. Checksums stay right.
class FrameTemplate {
 public:
  /// Mistakes go to `diagnostics`; nothing then.
  static std::optional<FrameTemplate> make(const TemplateRequest& request, Diagnostics& diagnostics);

  [[nodiscard]] std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(frame_.size()); }

  /// The source address of the Ethernet header; flows may differ from it.
  [[nodiscard]] EtherAddress source() const noexcept;
  void set_source(const EtherAddress& address) noexcept;

  /// Writes size() bytes.
  void write(std::uint8_t* frame, std::uint32_t flow, std::uint64_t sequence) const noexcept;

 private:
  static std::optional<FrameTemplate> from_hex(const std::string& hex, const TemplateRequest& request,
                                               Diagnostics& diagnostics);
  static std::optional<FrameTemplate> from_fields(const Value::Table& fields, const TemplateRequest& request,
                                                  Diagnostics& diagnostics);
  void find_variable_parts() noexcept;

  std::vector<std::uint8_t> frame_;
  std::size_t address_ = 0;      ///< of the four bytes that the flow is added to
  std::size_t sequence_ = 0;     ///< where the sequence number goes; 0: nowhere
  std::size_t ip_checksum_ = 0;  ///< of the IPv4 header, when it covers the address; 0: there is none
  std::size_t l4_checksum_ = 0;  ///< of UDP, TCP or ICMPv6; 0: there is none
  bool udp_ = false;
};

}  // namespace ixyflow::drivers
