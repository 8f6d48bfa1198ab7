#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "tools/ixgbe-model/card/frame/frame.hpp"

namespace ixyflow::model {

/// How many bytes at the start of `frame` are headers that are to be split off (7.1.10): those of the
/// innermost kind that `types`, a PSRTYPE register, names. 0: none.
[[nodiscard]] std::uint32_t header_to_split(std::span<const std::byte> frame, const FrameInfo& info,
                                            std::uint32_t types) noexcept;

}  // namespace ixyflow::model
