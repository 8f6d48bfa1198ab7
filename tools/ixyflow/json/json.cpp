#include "tools/ixyflow/json/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/base/diagnostics.hpp"
#include "core/base/text/utf8.hpp"

// The only file of the program that sees the library: it takes seconds to compile wherever it is included.
namespace ixyflow::tools {
namespace {

using Json = nlohmann::ordered_json;

/// The code point of a character of two or three bytes (RFC 3629).
unsigned code_point(std::string_view character) {
  unsigned point = static_cast<unsigned char>(character.front()) & (character.size() == 2 ? 0x1fU : 0xfU);
  for (const char byte : character.substr(1)) point = point << 6 | (static_cast<unsigned char>(byte) & 0x3fU);
  return point;
}

/// The library escapes the control characters that JSON asks for. What else commands a terminal (DEL, C1,
/// bidirectional overrides) it leaves; what is shown must not, whoever wrote it.
std::string dump(const Json& json, int indent) {
  const std::string text = json.dump(indent, ' ', false, Json::error_handler_t::replace);
  std::string result;
  result.reserve(text.size());
  for (std::string_view rest = text; !rest.empty();) {
    const Utf8Character next = first_character(rest);
    if (rest.front() == 0x7f)
      result += "\\u007f";
    else if (!next.shown && (next.bytes == 2 || next.bytes == 3))
      result += fmt::format("\\u{:04x}", code_point(rest.substr(0, next.bytes)));
    else
      result += rest.substr(0, next.bytes);
    rest.remove_prefix(next.bytes);
  }
  return result;
}

std::string one_line(const Json& json) {
  return dump(json, -1);
}

/// Makes a value of what the library reads. The library's own tree is not used: to be taken down it needs
/// memory, where there may be none, and its depth on the stack.
class ValueBuilder final : public nlohmann::json_sax<Json> {
 public:
  bool null() override { return add(Value()); }
  bool boolean(bool flag) override { return add(Value(flag)); }
  bool number_integer(std::int64_t number) override { return add(Value(number)); }
  bool number_unsigned(std::uint64_t number) override {
    if (number > std::numeric_limits<std::int64_t>::max()) return add(Value(number));
    return add(Value(static_cast<std::int64_t>(number)));
  }
  bool number_float(double number, const std::string& /*text*/) override { return add(Value(number)); }
  bool string(std::string& text) override { return add(Value(std::move(text))); }
  bool binary(Json::binary_t& /*bytes*/) override { return false; }
  bool start_object(std::size_t /*members*/) override { return open(true); }
  bool start_array(std::size_t /*items*/) override { return open(false); }
  bool key(std::string& text) override {
    open_.back().key = std::move(text);
    return true;
  }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::detail::exception& error) override {
    constexpr int kOutOfRange = 406;
    out_of_range_ = error.id == kOutOfRange;
    position_ = position;
    return false;
  }

  [[nodiscard]] Value take() { return std::move(result_); }
  [[nodiscard]] std::unexpected<Error> error(std::string_view text) const {
    if (out_of_range_)
      return fail(ExitCode::usage, fmt::format("a number is out of range: {}", printable(text, 60)));
    return fail(ExitCode::usage, fmt::format("not JSON at byte {}: {}", position_, printable(text, 60)));
  }

 private:
  /// A list or an object that is not closed yet.
  struct Open {
    bool is_object = false;
    std::string key;  ///< of the member that comes next
    Value::List list;
    Value::Table table;
  };

  bool open(bool is_object) {
    open_.push_back({.is_object = is_object, .key = {}, .list = {}, .table = {}});
    return true;
  }
  bool close() {
    Open closed = std::move(open_.back());
    open_.pop_back();
    return add(closed.is_object ? Value(std::move(closed.table)) : Value(std::move(closed.list)));
  }
  bool add(Value value) {
    if (open_.empty()) {
      result_ = std::move(value);
    } else if (Open& parent = open_.back(); !parent.is_object) {
      parent.list.push_back(std::move(value));
    } else if (const auto known = std::ranges::find(parent.table, parent.key, &Value::Entry::key);
               known != parent.table.end()) {
      known->value = std::move(value);
    } else {
      parent.table.push_back({std::move(parent.key), {}, std::move(value)});
    }
    return true;
  }

  std::vector<Open> open_;
  Value result_;
  bool out_of_range_ = false;
  std::size_t position_ = 0;
};

/// Writes a value, with `indent` spaces for each level, or on one line where that is negative.
class Writer {
 public:
  explicit Writer(int indent) : indent_(indent) {}

  [[nodiscard]] std::string take() { return std::move(text_); }
  void write(const Value& value) { std::visit(*this, value.data()); }

  void operator()(std::monostate) { text_ += "null"; }
  void operator()(const Value::List& list) {
    begin('[');
    for (const Value& item : list) {
      next();
      write(item);
    }
    end(']', list.empty());
  }
  void operator()(const Value::Table& table) {
    begin('{');
    for (const Value::Entry& entry : table) {
      next();
      (*this)(entry.key);
      text_ += indent_ < 0 ? ":" : ": ";
      write(entry.value);
    }
    end('}', table.empty());
  }
  /// Texts and numbers, as the library has them.
  void operator()(const auto& scalar) { text_ += one_line(Json(scalar)); }

 private:
  void begin(char bracket) {
    text_ += bracket;
    ++depth_;
    first_ = true;
  }
  void next() {
    if (!first_) text_ += ',';
    first_ = false;
    new_line();
  }
  void end(char bracket, bool empty) {
    --depth_;
    first_ = false;
    if (!empty) new_line();
    text_ += bracket;
  }
  void new_line() {
    if (indent_ >= 0) text_.append("\n").append(static_cast<std::size_t>(indent_ * depth_), ' ');
  }

  int indent_;
  int depth_ = 0;
  bool first_ = true;  ///< nothing stands in the innermost brackets yet
  std::string text_;
};

std::string written(const Value& value, int indent) {
  Writer writer(indent);
  writer.write(value);
  return writer.take();
}

}  // namespace

Result<Value> parse_json(std::string_view text) {
  ValueBuilder builder;
  if (!Json::sax_parse(text, &builder)) return builder.error(text);
  return builder.take();
}

Result<std::vector<JsonMember>> parse_json_members(std::string_view text, std::string no_object) {
  const auto json = parse_json(text);
  if (!json) return std::unexpected(json.error());
  const auto* table = json->get_if<Value::Table>();
  if (table == nullptr) return fail(ExitCode::usage, std::move(no_object));
  std::vector<JsonMember> members;
  for (const Value::Entry& entry : *table) members.emplace_back(entry.key, written(entry.value, -1));
  return members;
}

std::size_t json_depth(std::string_view text) {
  std::size_t depth = 0;
  std::size_t deepest = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '\\')
      ++i;
    else if (c == '"')
      quoted = !quoted;
    else if (!quoted && (c == '[' || c == '{'))
      deepest = std::max(deepest, ++depth);
    else if (!quoted && (c == ']' || c == '}') && depth > 0)
      --depth;
  }
  return deepest;
}

std::string write_json(const Value& value, JsonLayout layout) {
  return layout == JsonLayout::line ? written(value, -1) : written(value, 2) + "\n";
}

}  // namespace ixyflow::tools
