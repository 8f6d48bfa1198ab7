#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/base/api.hpp"
#include "core/base/values/parameter_spec.hpp"
#include "core/base/values/parameter_types.hpp"

namespace ixyflow {

/// Fluent refinement of the parameter that was declared last when it was made; others may have followed.
class ParameterBuilder {
 public:
  explicit ParameterBuilder(std::vector<ParameterSpec>& declared) noexcept
      : declared_(declared), index_(declared.size() - 1) {}
  /// The file must give it. `example` is a value that is right anywhere, in TOML: the contract test uses it.
  ParameterBuilder& required(std::string example) {
    spec().required = true;
    spec().example = std::move(example);
    spec().default_text.clear();
    return *this;
  }
  /// Both ends included; integers, durations in ns, sizes in bytes.
  ParameterBuilder& range(std::int64_t minimum, std::int64_t maximum) {
    spec().minimum = minimum;
    spec().maximum = maximum;
    return *this;
  }
  /// Can be changed while running.
  ParameterBuilder& live() {
    spec().live = true;
    return *this;
  }
  /// Of a MAC address: "port:wan" is that of a port, too. It is stored when the port is open, and `configure`
  /// finds 0: in an element before `prepare`, and `update` is called then; in a port before `attach_rx`.
  ParameterBuilder& or_port() {
    spec().or_port = true;
    spec().type += " or port:NAME";
    return *this;
  }
  /// Of a text, or a list of them: the path of a file, or one behind `prefix` ("vhost-user:PATH"). Where a
  /// pipeline file says it, a relative path counts from the file's folder, and the member is given it with
  /// the folder; where the command line does, from the working folder. "-" stays what it is.
  ParameterBuilder& path(std::string prefix = {}) {
    if (prefix.empty() && spec().shape != ParameterShape::list) spec().type = "path";
    spec().path = std::move(prefix);
    return *this;
  }
  /// Replaces the type's name in the help: "table of fields".
  ParameterBuilder& type_name(std::string name) {
    spec().type = std::move(name);
    return *this;
  }
  ParameterBuilder& shape(ParameterShape shape) {
    spec().shape = shape;
    return *this;
  }

 private:
  [[nodiscard]] ParameterSpec& spec() const noexcept { return declared_[index_]; }

  std::vector<ParameterSpec>& declared_;
  std::size_t index_;
};

namespace detail {
/// Whether a parameter may be of type M: of a ParameterType, or a list of one, or one that may be absent.
template <class M>
concept ParameterMember = requires {
  ParameterType<typename Innermost<M>::type>::kName;
};

/// Whether limits apply to values of type M.
template <class M>
concept LimitedMember = (std::is_integral_v<M> && !std::is_same_v<M, bool>) || std::is_same_v<M, Duration> ||
                        std::is_same_v<M, ByteSize>;

/// The numbers of a default that limits apply to.
template <class M>
void collect_limited(const M& value, std::vector<std::int64_t>& numbers) {
  if constexpr (requires { value.has_value(); }) {
    if (value.has_value()) collect_limited(*value, numbers);
  } else if constexpr (requires { value.begin(); } && !std::is_convertible_v<M, std::string_view>) {
    for (const auto& item : value) collect_limited(item, numbers);
  } else if constexpr (std::is_integral_v<M> && !std::is_same_v<M, bool>) {
    numbers.push_back(std::in_range<std::int64_t>(value) ? static_cast<std::int64_t>(value)
                                                         : std::numeric_limits<std::int64_t>::max());
  } else if constexpr (std::is_same_v<M, Duration>) {
    numbers.push_back(value.ns);
  } else if constexpr (std::is_same_v<M, ByteSize>) {
    collect_limited(value.bytes, numbers);
  }
}
}  // namespace detail

/// Declares the parameters of class T: each one a name, a member and a sentence. The member's initial value
/// is the default, its type decides what may be written.
template <class T>
class ParameterDeclarations {
 public:
  explicit ParameterDeclarations(std::vector<ParameterSpec>& parameters) : parameters_(parameters) {}

  template <class M, class Owner>
  ParameterBuilder param(std::string name, M Owner::*member, std::string doc) {
    static_assert(
        detail::ParameterMember<M>,
        "a parameter cannot be of the type of this member: ParameterType has no specialisation for it");
    using Type = ParameterType<M>;
    ParameterSpec spec;
    spec.name = std::move(name);
    spec.doc = std::move(doc);
    spec.type = Type::kName;
    spec.shape = Type::kShape;
    using Limited = typename detail::Innermost<M>::type;
    spec.limitable = detail::LimitedMember<Limited>;
    if constexpr (requires { ParameterType<Limited>::kMinimum; }) {
      spec.lowest = spec.minimum = ParameterType<Limited>::kMinimum;
      spec.highest = spec.maximum = ParameterType<Limited>::kMaximum;
    }
    if constexpr (requires { ParameterType<Limited>::kUnit; }) spec.unit = ParameterType<Limited>::kUnit;
    if (member == nullptr) return add(std::move(spec));
    const M& standard = static_cast<const T&>(defaults()).*member;
    spec.default_text = Type::show(standard);
    detail::collect_limited(standard, spec.default_numbers);
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
      if (member != nullptr && meaning == static_cast<const T&>(defaults()).*member)
        spec.default_text = quote(word);
    }
    if (member == nullptr) return add(std::move(spec));
    spec.show = [member, words](const void* object) {
      for (const auto& [word, meaning] : words)
        if (meaning == static_cast<const T*>(object)->*member) return quote(word);
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

 protected:
  /// An object as constructed: where the defaults are read from.
  static T& defaults() {
    static T object;
    return object;
  }

 private:
  ParameterBuilder add(ParameterSpec spec) {
    parameters_.push_back(std::move(spec));
    return ParameterBuilder(parameters_);
  }

  template <class M, class Owner, class Setter>
  ParameterBuilder add(ParameterSpec spec, M Owner::*member, Setter setter) {
    spec.member = &(static_cast<const T&>(defaults()).*member);
    spec.exchange = [member](void* object, void* other) {
      std::swap(static_cast<T*>(object)->*member, static_cast<T*>(other)->*member);
    };
    spec.set = [setter](void* object, const Value& value, const ParameterSpec& self,
                        Diagnostics& diagnostics) {
      return setter(*static_cast<T*>(object), value, self, diagnostics);
    };
    return add(std::move(spec));
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

/// What is wrong with the declarations themselves, one sentence each, in their order: names that are no
/// names, that are there twice or `reserved`; members that are none, or another parameter's; ranges that no
/// value or only some of the type's can be in; defaults and examples that the parameter itself refuses.
/// `object`, of the class that declared them, is what examples are tried on.
IXYFLOW_API std::vector<std::string> parameter_mistakes(const std::vector<ParameterSpec>& parameters,
                                                        const std::vector<std::string>& reserved,
                                                        void* object);

}  // namespace ixyflow
