#include "core/base/values/value.hpp"

#include <fmt/format.h>

#include <array>
#include <limits>
#include <type_traits>
#include <utility>

#include "core/base/text/utf8.hpp"

namespace ixyflow {
namespace {

/// Texts in messages end about here.
constexpr std::size_t kShownLength = 60;
/// What ends nowhere.
constexpr std::size_t kWhole = std::numeric_limits<std::size_t>::max();

/// A float as TOML wants it: with a point or an exponent.
std::string show_number(double number) {
  std::string text = fmt::format("{}", number);
  if (text.find_first_of(".en") == std::string::npos) text += ".0";
  return text;
}

bool is_bare_key(std::string_view key) {
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
  return !key.empty() && key.find_first_not_of(kAllowed) == std::string_view::npos;
}

/// Appends values as TOML until `out` is long enough; how deep it goes is bounded by that too.
struct Writer {
  std::size_t longest = kShownLength;
  std::string out;

  [[nodiscard]] bool full() const { return out.size() >= longest; }
  [[nodiscard]] std::string quoted(std::string_view text) const {
    return longest == kWhole ? quote(text) : quote(printable(text.substr(0, 4 * kShownLength), kShownLength));
  }
  void close(std::string_view bracket) {
    if (!full())
      out += bracket;
    else if (!out.ends_with("..."))
      out += "...";
  }

  void operator()(std::monostate) { out += "nothing"; }
  void operator()(bool flag) { out += flag ? "true" : "false"; }
  void operator()(std::int64_t number) { out += std::to_string(number); }
  void operator()(std::uint64_t number) { out += std::to_string(number); }
  void operator()(double number) { out += show_number(number); }
  void operator()(const std::string& text) { out += quoted(text); }
  void operator()(const Value::List& list) {
    out += "[";
    for (std::size_t i = 0; i < list.size() && !full(); ++i) {
      if (i > 0) out += ", ";
      std::visit(*this, list[i].data());
    }
    close("]");
  }
  void operator()(const Value::Table& table) {
    out += "{";
    for (std::size_t i = 0; i < table.size() && !full(); ++i) {
      const std::string& key = table[i].key;
      out += i > 0 ? ", " : " ";
      out += (key.size() <= longest && is_bare_key(key) ? key : quoted(key)) + " = ";
      std::visit(*this, table[i].value.data());
    }
    close(table.empty() ? "}" : " }");
  }
};

}  // namespace

Value::Value() = default;
Value::Value(Data data, SourceRange where) : data_(std::move(data)), where_(where) {}
// Not by the variant's own copies: should one of those find no memory, libstdc++ 12 takes down what it has
// not built yet.
Value::Value(const Value& other) : where_(other.where_) {
  std::visit(
      [this](const auto& data) { data_ = Data(std::in_place_type<std::decay_t<decltype(data)>>, data); },
      other.data_);
}
Value::Value(Value&&) noexcept = default;
Value& Value::operator=(const Value& other) {
  return *this = Value(other);
}
Value& Value::operator=(Value&&) noexcept = default;
Value::~Value() = default;

std::string_view Value::kind() const noexcept {
  constexpr std::array<std::string_view, std::variant_size_v<Data>> kKinds = {
      "nothing", "a boolean", "an integer", "a number", "a string", "a list", "a table", "an integer"};
  return data_.valueless_by_exception() ? kKinds[0] : kKinds[data_.index()];
}

std::string Value::show() const {
  Writer writer;
  std::visit(writer, data_);
  return std::move(writer.out);
}

std::string Value::toml() const {
  Writer writer{.longest = kWhole, .out = {}};
  std::visit(writer, data_);
  return std::move(writer.out);
}

const Value::Entry* Value::find(std::string_view key) const noexcept {
  const Table* table = get_if<Table>();
  return table != nullptr ? ixyflow::find(*table, key) : nullptr;
}

const Value::Entry* find(const Value::Table& table, std::string_view key) noexcept {
  for (const Value::Entry& entry : table)
    if (entry.key == key) return &entry;
  return nullptr;
}

}  // namespace ixyflow
