#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/base/api.hpp"
#include "core/base/diagnostics.hpp"
#include "core/base/units.hpp"
#include "core/base/value.hpp"

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
  std::string
      default_text;  ///< as it would be written in the file; empty when required or when there is none
  ParameterShape shape = ParameterShape::any;
  std::optional<std::int64_t> minimum;  ///< of integers, durations (ns) and sizes (bytes)
  std::optional<std::int64_t> maximum;
  ParameterUnit unit = ParameterUnit::none;  ///< of the limits
  std::vector<std::string> choices;          ///< what an enumeration takes
  std::string example;  ///< a value that is right in any file, for a required parameter; as in TOML
  bool required = false;
  bool live = false;  ///< can be changed while running
  /// Checks `value` and stores it in the object that the parameter belongs to; false after an error was
  /// reported. `self` is this specification.
  std::function<bool(void* object, const Value& value, const ParameterSpec& self, Diagnostics& diagnostics)>
      set;
  /// The value that `object` has now, as it would be written in the file.
  std::function<std::string(const void* object)> show;
  /// Swaps the value between two objects: what was checked and stored in one of them by `set` goes over to
  /// the other without being read again. Neither allocates nor frees.
  std::function<void(void* object, void* other)> exchange;

  /// "1..255", "10us..1h", "at least 1", or "" when every value of the type is allowed.
  [[nodiscard]] IXYFLOW_API std::string range() const;
  /// What may be written, for messages: "an integer from 1 to 255", "a duration such as "2ms"", "drop or
  /// wait".
  [[nodiscard]] IXYFLOW_API std::string expected() const;
  /// How the items of this list are checked and called in messages: as `type`, of the given shape, by this
  /// name.
  [[nodiscard]] IXYFLOW_API ParameterSpec of_item(std::string_view type, ParameterShape shape) const;
};

/// How values of type T are read and shown; specialised for every type that a parameter may have. A
/// specialisation has
///   static constexpr std::string_view kName;          // "ethernet address"
///   static constexpr ParameterShape kShape;
///   static std::optional<T> parse(const Value&, const ParameterSpec&, Diagnostics&);   // reports its own
///   errors static std::string show(const T&);                // as in TOML; "" for "none"
template <class T>
struct ParameterType;

namespace detail {
/// Reports "'ttl' takes an integer from 1 to 255, not "x"".
IXYFLOW_API void report_wrong_type(const Value&, const ParameterSpec&, Diagnostics&);
/// The value as an integer within the limits of `spec`.
IXYFLOW_API std::optional<std::int64_t> parse_integer(const Value&, const ParameterSpec&, Diagnostics&);
/// Whether `number`, which `value` stands for, is within the limits; reports it when it is not.
IXYFLOW_API bool check_range(std::int64_t number, const Value& value, const ParameterSpec&, Diagnostics&);
/// `text` as a TOML string on one line, with its quotes.
IXYFLOW_API std::string quote(std::string_view text);
}  // namespace detail

template <>
struct ParameterType<bool> {
  static constexpr std::string_view kName = "boolean";
  static constexpr ParameterShape kShape = ParameterShape::boolean;
  static std::optional<bool> parse(const Value& value, const ParameterSpec& spec, Diagnostics& diagnostics) {
    if (const bool* flag = value.get_if<bool>()) return *flag;
    detail::report_wrong_type(value, spec, diagnostics);
    return std::nullopt;
  }
  static std::string show(bool value) { return value ? "true" : "false"; }
};

template <std::integral T>
requires(!std::same_as<T, bool>) struct ParameterType<T> {
  static constexpr std::string_view kName = "integer";
  static constexpr ParameterShape kShape = ParameterShape::integer;
  static constexpr std::int64_t kMinimum = static_cast<std::int64_t>(std::numeric_limits<T>::min());
  static constexpr std::int64_t kMaximum =
      std::cmp_greater(std::numeric_limits<T>::max(), std::numeric_limits<std::int64_t>::max())
          ? std::numeric_limits<std::int64_t>::max()
          : static_cast<std::int64_t>(std::numeric_limits<T>::max());
  static std::optional<T> parse(const Value& value, const ParameterSpec& spec, Diagnostics& diagnostics) {
    const auto number = detail::parse_integer(value, spec, diagnostics);
    if (!number) return std::nullopt;
    if (std::in_range<T>(*number)) return static_cast<T>(*number);
    detail::report_wrong_type(value, spec, diagnostics);
    return std::nullopt;
  }
  static std::string show(T value) { return std::to_string(value); }
};

template <>
struct IXYFLOW_API ParameterType<std::string> {
  static constexpr std::string_view kName = "text";
  static constexpr ParameterShape kShape = ParameterShape::string;
  static std::optional<std::string> parse(const Value&, const ParameterSpec&, Diagnostics&);
  static std::string show(const std::string& text) { return detail::quote(text); }
};

template <>
struct IXYFLOW_API ParameterType<Duration> {
  static constexpr std::string_view kName = "duration";
  static constexpr ParameterUnit kUnit = ParameterUnit::nanoseconds;
  static constexpr ParameterShape kShape = ParameterShape::string;
  static std::optional<Duration> parse(const Value&, const ParameterSpec&, Diagnostics&);
  static std::string show(Duration duration) { return detail::quote(ixyflow::show(duration)); }
};

template <>
struct IXYFLOW_API ParameterType<Rate> {
  static constexpr std::string_view kName = "rate";
  static constexpr ParameterShape kShape = ParameterShape::string;
  static std::optional<Rate> parse(const Value&, const ParameterSpec&, Diagnostics&);
  static std::string show(Rate rate) {
    return rate.per_second == 0 ? "" : detail::quote(ixyflow::show(rate));
  }
};

template <>
struct IXYFLOW_API ParameterType<ByteSize> {
  static constexpr std::string_view kName = "size";
  static constexpr ParameterUnit kUnit = ParameterUnit::bytes;
  static constexpr ParameterShape kShape = ParameterShape::any;  // an integer or a text with a unit
  static std::optional<ByteSize> parse(const Value&, const ParameterSpec&, Diagnostics&);
  static std::string show(ByteSize size);
};

template <>
struct IXYFLOW_API ParameterType<Probability> {
  static constexpr std::string_view kName = "probability";
  static constexpr ParameterShape kShape = ParameterShape::number;
  static constexpr std::int64_t kMinimum = 0;
  static constexpr std::int64_t kMaximum = 1;
  static std::optional<Probability> parse(const Value&, const ParameterSpec&, Diagnostics&);
  static std::string show(Probability probability) { return Value(Value::Data(probability.value)).show(); }
};

/// The value as it stands in the file, for parameters with a grammar of their own (tables of fields, lists of
/// patterns). The owner interprets it in its `configure`, with the places in the file at hand.
template <>
struct ParameterType<Value> {
  static constexpr std::string_view kName = "value";
  static constexpr ParameterShape kShape = ParameterShape::any;
  static std::optional<Value> parse(const Value& value, const ParameterSpec&, Diagnostics&) { return value; }
  static std::string show(const Value&) { return ""; }
};

/// A parameter that may be absent.
template <class T>
struct ParameterType<std::optional<T>> {
  static constexpr std::string_view kName = ParameterType<T>::kName;
  static constexpr ParameterShape kShape = ParameterType<T>::kShape;
  static std::optional<std::optional<T>> parse(const Value& value, const ParameterSpec& spec,
                                               Diagnostics& diagnostics) {
    auto parsed = ParameterType<T>::parse(value, spec, diagnostics);
    if (!parsed) return std::nullopt;
    return std::optional<std::optional<T>>(std::in_place, std::move(*parsed));
  }
  static std::string show(const std::optional<T>& value) {
    return value ? ParameterType<T>::show(*value) : "";
  }
};

template <class T>
struct ParameterType<std::vector<T>> {
  static constexpr std::string_view kName = "list";
  static constexpr ParameterShape kShape = ParameterShape::list;
  static std::optional<std::vector<T>> parse(const Value& value, const ParameterSpec& spec,
                                             Diagnostics& diagnostics) {
    const Value::List* list = value.get_if<Value::List>();
    if (list == nullptr) {
      detail::report_wrong_type(value, spec, diagnostics);
      return std::nullopt;
    }
    const ParameterSpec item_spec = spec.of_item(ParameterType<T>::kName, ParameterType<T>::kShape);
    std::vector<T> result;
    bool good = true;
    for (const Value& item : *list) {
      auto parsed = ParameterType<T>::parse(item, item_spec, diagnostics);
      if (parsed)
        result.push_back(std::move(*parsed));
      else
        good = false;
    }
    return good ? std::optional(std::move(result)) : std::nullopt;
  }
  static std::string show(const std::vector<T>& list) {
    std::string text = "[";
    for (const T& item : list) text += (text.size() > 1 ? ", " : "") + ParameterType<T>::show(item);
    return text + "]";
  }
};

namespace detail {
/// The type whose limits and unit a parameter of type T has: that of the items of a list, of what an optional
/// holds.
template <class T>
struct Innermost : std::type_identity<T> {};
template <class T>
struct Innermost<std::optional<T>> : Innermost<T> {};
template <class T>
struct Innermost<std::vector<T>> : Innermost<T> {};
}  // namespace detail

/// Fluent refinement of a parameter that was just declared.
class ParameterBuilder {
 public:
  explicit ParameterBuilder(ParameterSpec& spec) noexcept : spec_(spec) {}
  /// The file must give it. `example` is a value that is right anywhere, in TOML: the contract test uses it.
  ParameterBuilder& required(std::string example) {
    spec_.required = true;
    spec_.example = std::move(example);
    spec_.default_text.clear();
    return *this;
  }
  /// Both ends included; integers, durations in ns, sizes in bytes.
  ParameterBuilder& range(std::int64_t minimum, std::int64_t maximum) {
    spec_.minimum = minimum;
    spec_.maximum = maximum;
    return *this;
  }
  /// Can be changed while running.
  ParameterBuilder& live() {
    spec_.live = true;
    return *this;
  }
  /// Replaces the type's name in the help: "table of fields".
  ParameterBuilder& type_name(std::string name) {
    spec_.type = std::move(name);
    return *this;
  }
  ParameterBuilder& shape(ParameterShape shape) {
    spec_.shape = shape;
    return *this;
  }

 private:
  ParameterSpec& spec_;
};

/// Declares the parameters of class T: each one a name, a member and a sentence. The member's initial value
/// is the default, its type decides what may be written.
template <class T>
class ParameterDeclarations {
 public:
  explicit ParameterDeclarations(std::vector<ParameterSpec>& parameters) : parameters_(parameters) {}

  template <class M, class Owner>
  ParameterBuilder param(std::string name, M Owner::*member, std::string doc) {
    using Type = ParameterType<M>;
    ParameterSpec spec;
    spec.name = std::move(name);
    spec.doc = std::move(doc);
    spec.type = Type::kName;
    spec.shape = Type::kShape;
    spec.default_text = Type::show(static_cast<const T&>(defaults()).*member);
    using Limits = ParameterType<typename detail::Innermost<M>::type>;
    if constexpr (requires { Limits::kMinimum; }) {
      spec.minimum = Limits::kMinimum;
      spec.maximum = Limits::kMaximum;
    }
    if constexpr (requires { Limits::kUnit; }) spec.unit = Limits::kUnit;
    spec.show = [member](const void* object) { return Type::show(static_cast<const T*>(object)->*member); };
    return add(std::move(spec), member,
               [member](T& object, const Value& value, const ParameterSpec& self, Diagnostics& d) {
                 auto parsed = Type::parse(value, self, d);
                 if (parsed) object.*member = std::move(*parsed);
                 return parsed.has_value();
               });
  }

  /// An enumeration: the words of the file and what they stand for.
  template <class M, class Owner>
  ParameterBuilder choice(std::string name, M Owner::*member,
                          std::vector<std::pair<std::string, std::type_identity_t<M>>> words,
                          std::string doc) {
    ParameterSpec spec;
    spec.name = std::move(name);
    spec.doc = std::move(doc);
    spec.shape = ParameterShape::string;
    for (const auto& [word, meaning] : words) {
      spec.type += (spec.type.empty() ? "" : "|") + word;
      spec.choices.push_back(word);
      if (meaning == static_cast<const T&>(defaults()).*member) spec.default_text = detail::quote(word);
    }
    spec.show = [member, words](const void* object) {
      for (const auto& [word, meaning] : words)
        if (meaning == static_cast<const T*>(object)->*member) return detail::quote(word);
      return std::string();
    };
    return add(std::move(spec), member,
               [member, words](T& object, const Value& value, const ParameterSpec& self, Diagnostics& d) {
                 if (const std::string* text = value.get_if<std::string>())
                   for (const auto& [word, meaning] : words)
                     if (word == *text) {
                       object.*member = meaning;
                       return true;
                     }
                 detail::report_wrong_type(value, self, d);
                 return false;
               });
  }

 private:
  /// An object as constructed: where the defaults are read from.
  static T& defaults() {
    static T object;
    return object;
  }

  template <class M, class Owner, class Setter>
  ParameterBuilder add(ParameterSpec spec, M Owner::*member, Setter setter) {
    spec.exchange = [member](void* object, void* other) {
      std::swap(static_cast<T*>(object)->*member, static_cast<T*>(other)->*member);
    };
    spec.set = [setter](void* object, const Value& value, const ParameterSpec& self,
                        Diagnostics& diagnostics) {
      return setter(*static_cast<T*>(object), value, self, diagnostics);
    };
    parameters_.push_back(std::move(spec));
    return ParameterBuilder(parameters_.back());
  }

  std::vector<ParameterSpec>& parameters_;
};

/// Checks `table` against `parameters` and stores the values in `object` (which must be of the declaring
/// class): unknown keys, wrong types, values out of range and missing required ones are all reported. `owner`
/// names the object in messages ("element 'fw' (type Filter)") and `where` is its place; keys in `reserved`
/// are passed over.
IXYFLOW_API bool apply_parameters(void* object, const Value::Table& table,
                                  const std::vector<ParameterSpec>& parameters,
                                  const std::vector<std::string>& reserved, const std::string& owner,
                                  SourceRange where, Diagnostics& diagnostics);

}  // namespace ixyflow
