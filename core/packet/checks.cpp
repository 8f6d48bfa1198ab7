#include "core/packet/checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "core/base/messages/standard_error.hpp"

namespace ixyflow::detail {

namespace {

constexpr const char* kNothing = "no element";

}  // namespace

thread_local const char* const* current_activity = &kNothing;

void check_failed(const char* what) noexcept {
  std::array<char, 512> line;
  const auto end = fmt::format_to_n(line.data(), line.size(), "ixyflow: check failed in {}: {}\n",
                                    *current_activity, what);
  write_last_words({line.data(), std::min(end.size, line.size())});
  std::abort();
}

}  // namespace ixyflow::detail
