#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/interface_note.hpp"

namespace ixyflow {

/// Types by name, filled while files are loaded and read by the control thread. `T` is what is known of a
/// type, and has a `name`.
template <class T>
class Registry {
 public:
  using Spec = T;

  /// Adds a type. A name that is taken is not replaced but remembered as a conflict.
  void add(std::unique_ptr<Spec> spec) {
    const auto place = place_of(specs_, spec->name);
    if (place != specs_.end() && (*place)->name == spec->name)
      conflicts_.push_back(spec->name);
    else
      specs_.insert(place, std::move(spec));
  }

  /// Null when there is none.
  [[nodiscard]] const Spec* find(std::string_view name) const noexcept {
    const auto place = place_of(specs_, name);
    return place != specs_.end() && (*place)->name == name ? place->get() : nullptr;
  }

  /// For who adds to what is known of a type, while nobody uses it yet.
  [[nodiscard]] Spec* find_to_change(std::string_view name) noexcept {
    return const_cast<Spec*>(std::as_const(*this).find(name));
  }

  /// Sorted by name.
  [[nodiscard]] std::vector<const Spec*> all() const {
    std::vector<const Spec*> result;
    for (const auto& spec : specs_) result.push_back(spec.get());
    return result;
  }
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> result;
    for (const auto& spec : specs_) result.push_back(spec->name);
    return result;
  }

  /// Names that were registered twice since the last call: what a plugin is refused for.
  [[nodiscard]] std::vector<std::string> take_conflicts() { return std::exchange(conflicts_, {}); }

 private:
  /// Where `name` stands, or would have to be put.
  static auto place_of(auto& specs, std::string_view name) {
    return std::lower_bound(specs.begin(), specs.end(), name,
                            [](const auto& spec, std::string_view wanted) { return spec->name < wanted; });
  }

  std::vector<std::unique_ptr<Spec>> specs_;  ///< sorted by name
  std::vector<std::string> conflicts_;
};

/// Makes class `T` known in `Registry` while the file that has it is loaded: everything that is known of it
/// is what its `describe` writes into a `SpecOf<T>`.
template <class T, class Registry, template <class> class SpecOf>
struct Registration {
  explicit Registration(const char* name) {
    auto spec = std::make_unique<typename Registry::Spec>();
    spec->name = name;
    SpecOf<T> builder(*spec);
    T::describe(builder);
    if constexpr (requires { spec->complete(); }) spec->complete();
    Registry::instance().add(std::move(spec));
  }
};

}  // namespace ixyflow

/// Registers class `T` by `registration`, a kind of Registration, under `name`. The shared object that it
/// stands in says for which version of the interface it was built.
#define IXYFLOW_REGISTER(registration, T, name)            \
  IXYFLOW_INTERFACE_NOTE(ixyflow_interface_note_of_##T){}; \
  static const registration<T> ixyflow_registration_of_##T(name)
