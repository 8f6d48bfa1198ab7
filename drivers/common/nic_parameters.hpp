#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/device/port.hpp"

namespace ixyflow::drivers {

/// Finds mistakes in the parameters of a card's port, and reports each at its place in the configuration.
class NicParameters {
 public:
  explicit NicParameters(PortConfiguration& configuration) noexcept : configuration_(configuration) {}

  /// "'key' of the port text; hint"
  void mistake(const char* key, const std::string& text, std::string hint = {}) const;
  /// Numbers of descriptors are powers of two, because positions in a ring are masked.
  void check_descriptors(std::uint32_t receive, std::uint32_t transmit) const;
  /// Cards have a table of 128 addresses, of which one is their own.
  void check_addresses(std::size_t count) const;

 private:
  PortConfiguration& configuration_;
};

}  // namespace ixyflow::drivers
