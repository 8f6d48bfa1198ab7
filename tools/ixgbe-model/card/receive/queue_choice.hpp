#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "tools/ixgbe-model/card/frame/frame.hpp"
#include "tools/ixgbe-model/card/receive/queue_layout.hpp"
#include "tools/ixgbe-model/card/receive/toeplitz.hpp"
#include "tools/ixgbe-model/card/receive/tuple_filters.hpp"
#include "tools/ixgbe-model/card/registers/register_file.hpp"

namespace ixyflow::model {

/// The RSS type of a frame whose descriptor tells of a filter of the Flow Director instead of a hash
/// (7.1.6.2).
inline constexpr std::uint8_t kMatchedType = 15;

/// Which receive queue a frame goes to, and what the descriptor says of why.
struct Choice {
  std::uint32_t queue = 0;
  std::uint32_t hash = 0;
  std::uint8_t rss_type = 0;                   ///< 7.1.6.2; 0: no hash
  std::optional<std::uint8_t> ether_filter{};  ///< the EtherType filter that matched
  bool ptp = false;                            ///< it is for messages of IEEE 1588
  bool by_filter = false;                      ///< one of layers 3 and 4 has chosen the queue
  bool flow_matched = false;                   ///< it was one of the Flow Director
  bool dropped = false;                        ///< and it wants the frame dropped
};

/// EtherType and other filters (7.1.2), the queues of pools and traffic classes, and receive side scaling
/// (RSS, 7.1.2.8): the hash of a flow, and the entry of the redirection table (RETA) that it leads to. Model
/// thread only.
class QueueChoice final : public RegisterOwner {
 public:
  explicit QueueChoice(RegisterFile& file);

  void reset() noexcept {
    tuples_.reset();
    key_changed_ = true;
    ether_filters_ = false;
  }
  /// The queue of a frame, within `pool` if the queues are in pools.
  [[nodiscard]] Choice choose(std::span<const std::byte> frame, const FrameInfo& info,
                              std::uint32_t pool) noexcept;

  std::uint32_t read_register(std::uint32_t offset) noexcept override;
  void write_register(std::uint32_t offset, std::uint32_t value) noexcept override;

 private:
  [[nodiscard]] bool match_ether_type(const FrameInfo& info, Choice& choice) const noexcept;
  void hash(std::span<const std::byte> frame, const FrameInfo& info, std::uint32_t functions,
            Choice& choice) noexcept;
  void spread(std::span<const std::byte> frame, const FrameInfo& info, std::uint32_t pool,
              Choice& choice) noexcept;
  [[nodiscard]] std::uint32_t class_of(const FrameInfo& info) const noexcept;
  [[nodiscard]] std::uint32_t hashed_queues(const QueueLayout& layout, std::uint32_t pool) const noexcept;
  void load_key() noexcept;

  RegisterFile& file_;
  TupleFilters tuples_;
  Toeplitz toeplitz_;
  bool key_changed_ = true;
  bool ether_filters_ = false;  ///< one of them is enabled
};

}  // namespace ixyflow::model
