#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "tools/ixgbe-model/card/frame/frame.hpp"
#include "tools/ixgbe-model/card/receive/toeplitz.hpp"
#include "tools/ixgbe-model/card/registers/register_file.hpp"

namespace ixyflow::model {

/// Which receive queue a frame goes to, and what the descriptor says of why.
struct Choice {
  std::uint32_t queue = 0;
  std::uint32_t hash = 0;
  std::uint8_t rss_type = 0;                   ///< 7.1.6.2; 0: no hash
  std::optional<std::uint8_t> ether_filter{};  ///< the EtherType filter that matched
};

/// EtherType filters (7.1.2) and receive side scaling (RSS, 7.1.2.8): the hash of a flow, and the entry of
/// the redirection table (RETA) that it leads to. Model thread only.
class QueueChoice final : public RegisterOwner {
 public:
  explicit QueueChoice(RegisterFile& file);

  void reset() noexcept {
    key_changed_ = true;
    ether_filters_ = false;
  }
  [[nodiscard]] Choice choose(std::span<const std::byte> frame, const FrameInfo& info) noexcept;

  std::uint32_t read_register(std::uint32_t offset) noexcept override;
  void write_register(std::uint32_t offset, std::uint32_t value) noexcept override;

 private:
  [[nodiscard]] bool match_ether_type(const FrameInfo& info, Choice& choice) const noexcept;
  void hash(std::span<const std::byte> frame, const FrameInfo& info, std::uint32_t functions,
            Choice& choice) noexcept;
  void load_key() noexcept;

  RegisterFile& file_;
  Toeplitz toeplitz_;
  bool key_changed_ = true;
  bool ether_filters_ = false;  ///< one of them is enabled
};

}  // namespace ixyflow::model
