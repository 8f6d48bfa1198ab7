#include "drivers/common/nic_parameters.hpp"

#include <fmt/format.h>

#include <bit>
#include <utility>

namespace ixyflow::drivers {

void NicParameters::mistake(const char* key, const std::string& text, std::string hint) const {
  const Value::Entry* entry = find(configuration_.parameters, key);
  configuration_.diagnostics.error(entry != nullptr ? entry->value.where() : configuration_.where,
                                   fmt::format("'{}' of {} {}", key, configuration_.owner, text),
                                   std::move(hint));
}

void NicParameters::check_descriptors(std::uint32_t receive, std::uint32_t transmit) const {
  for (const auto& [key, count] :
       {std::pair{"receive_descriptors", receive}, std::pair{"transmit_descriptors", transmit}})
    if (!std::has_single_bit(count))
      mistake(key, fmt::format("is {}, which is no power of two", count),
              fmt::format("{} or {}", std::bit_floor(count), std::bit_ceil(count)));
}

void NicParameters::check_addresses(std::size_t count) const {
  constexpr std::size_t kMost = 127;
  if (count > kMost) mistake("addresses", fmt::format("has {} entries", count), "127 at most");
}

}  // namespace ixyflow::drivers
