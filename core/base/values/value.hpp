#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/api.hpp"
#include "core/base/diagnostics.hpp"

namespace ixyflow {

/// A value of a pipeline file, with its place there. Tables keep the order of the file. Plain data: the only
/// room that knows the TOML library turns its tree into these.
class IXYFLOW_API Value {
 public:
  struct Entry;
  using List = std::vector<Value>;
  using Table = std::vector<Entry>;
  /// An integer without a sign is one that is too large for std::int64_t: no file has any, counters may.
  using Data =
      std::variant<std::monostate, bool, std::int64_t, double, std::string, List, Table, std::uint64_t>;

  Value();
  explicit Value(Data data, SourceRange where = {});
  Value(const Value&);
  Value(Value&&) noexcept;
  Value& operator=(const Value&);
  Value& operator=(Value&&) noexcept;
  ~Value();

  template <class T>
  [[nodiscard]] const T* get_if() const noexcept {
    return std::get_if<T>(&data_);
  }
  [[nodiscard]] const Data& data() const noexcept { return data_; }
  [[nodiscard]] SourceRange where() const noexcept { return where_; }

  /// "a string", "an integer", "a table": for messages.
  [[nodiscard]] std::string_view kind() const noexcept;
  /// As it would stand in TOML; long texts are cut. For messages and for showing defaults.
  [[nodiscard]] std::string show() const;
  /// As it stands in TOML, in full: read again it is the same value.
  [[nodiscard]] std::string toml() const;
  /// The entry called `key`, or null when this is no table or has none.
  [[nodiscard]] const Entry* find(std::string_view key) const noexcept;

 private:
  Data data_;
  SourceRange where_;
};

struct Value::Entry {
  std::string key;
  SourceRange where;  ///< of the key
  Value value;
};

/// The entry called `key`, or null.
IXYFLOW_API const Value::Entry* find(const Value::Table& table, std::string_view key) noexcept;

}  // namespace ixyflow
