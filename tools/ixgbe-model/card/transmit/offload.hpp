#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace ixyflow::model {

/// What a context descriptor says (7.2.3.2.3).
struct OffloadContext {
  enum class L4 : std::uint8_t { udp, tcp, sctp, reserved };

  bool valid = false;
  bool ipv4 = false;
  L4 l4 = L4::udp;
  std::uint16_t mac_bytes = 0;
  std::uint16_t ip_bytes = 0;
  std::uint16_t l4_bytes = 0;  ///< for segmentation
  std::uint16_t segment = 0;   ///< MSS
  std::uint16_t vlan = 0;

  [[nodiscard]] std::size_t l4_at() const noexcept { return std::size_t{mac_bytes} + ip_bytes; }
};
[[nodiscard]] OffloadContext context_of(std::uint64_t low, std::uint64_t high) noexcept;

/// Inserts the IPv4 header checksum. False: the context does not fit the frame.
bool insert_ip_checksum(std::span<std::byte> frame, const OffloadContext& context) noexcept;
/// Inserts the TCP, UDP or SCTP checksum; the driver has put the sum of the pseudo header in its place. `add`
/// goes into the sum, too. False: the context does not fit the frame.
bool insert_l4_checksum(std::span<std::byte> frame, const OffloadContext& context,
                        std::uint32_t add) noexcept;
/// The legacy descriptor's: the sum from `start` to the end, put at `at` (7.2.3.2.2). False: outside of the
/// frame.
bool insert_legacy_checksum(std::span<std::byte> frame, std::size_t start, std::size_t at) noexcept;
/// Puts a VLAN tag behind the addresses.
void insert_vlan(std::vector<std::byte>& frame, std::uint16_t ether_type, std::uint16_t tag);

/// Cuts a large packet into frames (7.2.4): which, how many, and each of them.
class Segmentation {
 public:
  /// TCP flags that survive in the first, the middle and the last segment (8.2.3.9.3, 8.2.3.9.4).
  struct FlagMasks {
    std::uint16_t first = 0;
    std::uint16_t middle = 0;
    std::uint16_t last = 0;
  };

  /// `packet` outlives this. An unusable context has no segments.
  Segmentation(std::span<const std::byte> packet, const OffloadContext& context, FlagMasks masks) noexcept;

  [[nodiscard]] std::uint32_t count() const noexcept { return count_; }
  /// Builds segment `index` in `frame`, complete with checksums if `ip_checksum` and `l4_checksum`.
  void build(std::uint32_t index, bool ip_checksum, bool l4_checksum, std::vector<std::byte>& frame) const;

 private:
  void edit_ip(std::span<std::byte> frame, std::uint32_t index) const noexcept;
  void edit_l4(std::span<std::byte> frame, std::uint32_t index) const noexcept;

  std::span<const std::byte> packet_;
  OffloadContext context_;
  FlagMasks masks_;
  std::size_t header_ = 0;
  std::uint32_t count_ = 0;
};

}  // namespace ixyflow::model
