#include "core/os/files/file_mode.hpp"

#include <fmt/format.h>

#include <charconv>

#include "core/base/diagnostics.hpp"

namespace ixyflow {

Result<mode_t> parse_file_mode(std::string_view text) {
  unsigned mode = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, mode, 8);
  if (error == std::errc() && stop == end && mode <= 0777) return mode;
  return fail(
      ExitCode::configuration,
      fmt::format("takes the permissions of a file in octal, as \"0640\", not '{}'", printable(text, 20)));
}

}  // namespace ixyflow
