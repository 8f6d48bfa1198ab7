#pragma once

#include <cstdint>
#include <span>

#include "core/net/parser.hpp"

namespace ixyflow::bench {

/// Another hash that is the same for both directions of a connection, to compare with: Toeplitz under the key
/// 0x6d5a, repeated (Woo and Park, 2012), as network cards compute it. All 16-bit words of addresses, ports
/// and protocol are folded into one by XOR, and that is looked up in two tables. Fast, but whatever is equal
/// on both sides cancels out. UDP and TCP over IPv4; 0 for all else.
std::uint32_t folded_toeplitz(std::span<const std::uint8_t> frame, const Layers& layers) noexcept;

}  // namespace ixyflow::bench
