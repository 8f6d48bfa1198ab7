#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/diagnostics.hpp"
#include "core/base/units.hpp"
#include "core/base/values/value.hpp"

namespace ixyflow::tools {

/// One table of a test, read key by key. What is wrong goes to `diagnostics`: first of all keys that are not
/// among `keys`, then values of a wrong type, which count as absent.
class TableReader {
 public:
  /// `owner` is what the table is called in messages: "'in' of a test".
  TableReader(const Value& value, std::string owner, const std::vector<std::string>& keys,
              Diagnostics& diagnostics);

  /// Whether the value is a table at all.
  [[nodiscard]] bool good() const noexcept { return table_ != nullptr; }
  /// Null when it is absent.
  [[nodiscard]] const Value* value(std::string_view key) const;
  [[nodiscard]] std::optional<std::string> text(std::string_view key) const;
  [[nodiscard]] std::optional<std::uint64_t> number(std::string_view key) const;
  [[nodiscard]] std::optional<std::uint64_t> as_number(std::string_view key, const Value& found) const;
  [[nodiscard]] std::optional<Duration> duration(std::string_view key) const;
  [[nodiscard]] std::optional<Duration> as_duration(std::string_view key, const Value& found) const;
  /// The items of a list; none when it is absent.
  [[nodiscard]] const Value::List& list(std::string_view key, std::string_view what) const;

  /// Reports that `key` takes `what`, and not what was found.
  void wrong(std::string_view key, const Value& found, std::string_view what, std::string hint = {}) const;

 private:
  const Value::Table* table_;
  std::string owner_;
  Diagnostics& diagnostics_;
};

}  // namespace ixyflow::tools
