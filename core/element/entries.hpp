#pragma once

#include <algorithm>
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

/// "KEY OUTPUT": what tables that lead to outputs have as entries.
template <class Key>
struct OutputEntry {
  Key key;
  PortIndex output = 0;
  bool marked = false;  ///< the mark followed
};

namespace detail {
/// What follows the key. False: not the number of an output, with or without `mark` behind it.
IXYFLOW_API bool read_output(std::string_view rest, std::string_view mark, PortIndex& output, bool& marked);
IXYFLOW_API std::unexpected<Error> refuse_output(std::string_view entry);
}  // namespace detail

/// Reads an entry "KEY OUTPUT", or "KEY OUTPUT MARK" of tables that have a mark. Error (no): it is none; of a
/// key that `parse` refuses, what `no_key` says: "does not begin with ...".
template <class Key>
[[nodiscard]] Result<OutputEntry<Key>> read_output_entry(std::string_view entry,
                                                         std::optional<Key> (*parse)(std::string_view),
                                                         std::string_view no_key,
                                                         std::string_view mark = {}) {
  std::string_view rest = entry;
  const auto key = parse(next_word(rest));
  if (!key) return refuse_entry(entry, no_key);
  OutputEntry<Key> read{*key};
  if (!detail::read_output(rest, mark, read.output, read.marked)) return detail::refuse_output(entry);
  return read;
}

/// The outputs that entries of a table may lead to: those which every element has that uses it. Control
/// thread.
class WiredOutputs {
 public:
  /// An element that uses the table has `outputs` outputs; for its `configure`, once it has looked at the
  /// entries that are there.
  void limit_to(PortIndex outputs) noexcept { outputs_ = std::min(outputs_, outputs); }
  /// Error (no): an entry to this output would lead nowhere.
  [[nodiscard]] IXYFLOW_API Result<void> check(std::string_view entry, PortIndex output) const;

 private:
  PortIndex outputs_ = kMaxOutputs;
};

/// Reads an entry that is nothing but its key, as `remove` takes it. Error (no): it is none, as `no_key`
/// says.
template <class Key>
[[nodiscard]] Result<Key> read_key(std::string_view entry, std::optional<Key> (*parse)(std::string_view),
                                   std::string_view no_key) {
  std::string_view rest = entry;
  const auto key = parse(next_word(rest));
  if (!key || !next_word(rest).empty()) return refuse_entry(entry, no_key);
  return *key;
}

/// The error of a resource that has an entry with this key already: `there`.
[[nodiscard]] IXYFLOW_API std::unexpected<Error> refuse_second(std::string_view there);
/// The error of a resource that has nothing under `key`.
[[nodiscard]] IXYFLOW_API std::unexpected<Error> refuse_unknown(std::string_view key);

/// For `configure` of a resource with a parameter `entries`: inserts what is `written` there. Every entry
/// that is refused is reported at its place in the file.
IXYFLOW_API void insert_entries(ResourceConfiguration& configuration, const std::vector<std::string>& written,
                                const std::function<Result<void>(std::string_view)>& insert);

}  // namespace ixyflow
