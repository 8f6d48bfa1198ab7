#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/api.hpp"
#include "core/base/diagnostics.hpp"
#include "core/base/values/value.hpp"

namespace ixyflow {

/// What a parameter's text looks like to a program: decides its shape in the JSON Schema.
enum class ParameterShape : std::uint8_t { boolean, integer, number, string, list, table, any };

/// What the limits of a parameter count, and so how they are shown.
enum class ParameterUnit : std::uint8_t { none, nanoseconds, bytes };

/// A parameter as its owner declared it. Help, validation, schema and defaults are all derived from this.
struct ParameterSpec {
  std::string name;
  std::string type;  ///< shown to the user: "integer", "ethernet address", "fast|recorded|RATE"
  std::string doc;   ///< one sentence
  /// As it would be written in the file; empty when it is required or when there is none.
  std::string default_text;
  std::vector<std::int64_t> default_numbers;  ///< of the default, those that the limits apply to
  ParameterShape shape = ParameterShape::any;
  std::optional<std::int64_t> minimum;  ///< of integers, durations (ns) and sizes (bytes)
  std::optional<std::int64_t> maximum;
  ParameterUnit unit = ParameterUnit::none;  ///< of the limits
  bool limitable = false;                    ///< limits apply to values of its type
  std::optional<std::int64_t> lowest;        ///< that the type itself holds
  std::optional<std::int64_t> highest;
  std::vector<std::string> choices;  ///< what an enumeration takes
  std::string example;  ///< a value that is right in any file, for a required parameter; as in TOML
  bool required = false;
  bool live = false;  ///< can be changed while running
  /// A MAC address that may be given as that of a port, "port:wan": see ParameterBuilder::or_port.
  bool or_port = false;
  /// The text is the path of a file, or is one behind this prefix ("vhost-user:"), which may be empty: see
  /// ParameterBuilder::path.
  std::optional<std::string> path;
  /// That it is stored in, of an object as constructed: two declarations with the same one are the same
  /// parameter. Null: it was declared without a member, and then has no `set` either.
  const void* member = nullptr;
  /// Checks `value` and stores it in the object that the parameter belongs to; false after an error was
  /// reported. `self` is this specification.
  std::function<bool(void* object, const Value& value, const ParameterSpec& self, Diagnostics&)> set;
  /// The value that `object` has now, as it would be written in the file.
  std::function<std::string(const void* object)> show;
  /// Swaps the value between two objects: what was checked and stored in one of them by `set` goes over to
  /// the other without being read again. Neither allocates nor frees.
  std::function<void(void* object, void* other)> exchange;

  /// "1..255", "10us..1h", "at least 1", or "" when every value of the type is allowed.
  [[nodiscard]] IXYFLOW_API std::string range() const;
  /// What may be written, for messages: "an integer from 1 to 255", "drop or wait",
  /// "a duration such as "2ms"".
  [[nodiscard]] IXYFLOW_API std::string expected() const;
  /// How the items of this list are checked and called in messages: as `type`, of the given shape, by the
  /// list's name.
  [[nodiscard]] IXYFLOW_API ParameterSpec of_item(std::string_view type, ParameterShape shape) const;
};

namespace detail {
/// Reports "'ttl' takes an integer from 1 to 255, not "x"", with how it should be written where that can be
/// told: see value_hint.
IXYFLOW_API void report_wrong_type(const Value&, const ParameterSpec&, Diagnostics&);
/// The same with a `hint` of the caller's, which knows its type better.
IXYFLOW_API void report_wrong_type(const Value&, const ParameterSpec&, std::string hint, Diagnostics&);
/// The value as an integer within the limits of `spec`.
IXYFLOW_API std::optional<std::int64_t> parse_integer(const Value&, const ParameterSpec&, Diagnostics&);
/// Whether `number`, which `value` stands for, is within the limits; reports it when it is not.
IXYFLOW_API bool check_range(std::int64_t number, const Value& value, const ParameterSpec&, Diagnostics&);
}  // namespace detail

}  // namespace ixyflow
