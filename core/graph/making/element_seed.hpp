#pragma once

#include <cstdint>
#include <string_view>

namespace ixyflow {

/// What chance starts from in copy `copy` of the element called `name`, when the file's seed is `seed`. The
/// same on every machine and in every build; elements of one file and copies of one element get seeds that
/// have nothing to do with each other.
std::uint64_t element_seed(std::uint64_t seed, std::string_view name, std::uint32_t copy) noexcept;

}  // namespace ixyflow
