#pragma once

#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/api.hpp"
#include "core/base/result.hpp"
#include "core/element/port_index.hpp"
#include "core/element/resource.hpp"

/// Entries of resources as files and commands write them: words with blanks between, "10.0.0.0/8 2".
namespace ixyflow {

/// The next word of `text`, which is taken off; "" at the end.
[[nodiscard]] IXYFLOW_API std::string_view next_word(std::string_view& text) noexcept;

/// A word that is the number of an output, below kMaxOutputs.
[[nodiscard]] IXYFLOW_API std::optional<PortIndex> parse_output(std::string_view word) noexcept;

/// The error of a resource that refuses `entry`: "'10/8 x' WHY".
[[nodiscard]] IXYFLOW_API std::unexpected<Error> refuse_entry(std::string_view entry, std::string_view why);

/// For `configure` of a resource with a parameter `entries`: inserts what is `written` there. Every entry
/// that is refused is reported at its place in the file.
IXYFLOW_API void insert_entries(ResourceConfiguration& configuration, const std::vector<std::string>& written,
                                const std::function<Result<void>(std::string_view)>& insert);

}  // namespace ixyflow
