#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/api.hpp"
#include "core/base/registry.hpp"
#include "core/base/result.hpp"
#include "core/base/statistics/striped_counter.hpp"
#include "core/base/units.hpp"
#include "core/base/values/parameters.hpp"
#include "core/base/values/value.hpp"

namespace ixyflow {

/// What a resource may ask while it is configured.
struct ResourceConfiguration {
  Diagnostics& diagnostics;
  const Value::Table& parameters;  ///< as they stand in the file
  SourceRange where;
  std::string owner;  ///< "resource 'routes' (type IPv4Table)"
};

/// A version that nobody reads any more soon: freed when every worker has passed a round boundary.
using RetiredVersion = std::shared_ptr<const void>;

/// What several elements or cores share. There are two kinds, and each type's documentation says which it is:
///
/// - **Published** (routes, rules): the control thread alone changes it. Workers load a version once per
/// batch
///   and never wait; a change publishes a new version, and the old one is freed when every worker has passed
///   a round boundary (`Versioned`, `retire`). Right where a change is rare and may be dear.
/// - **Shared table** (addresses, neighbours, flows): any worker changes it, wait-free per entry: an entry is
///   one atomic word, or guarded by one, so that nobody sees it in parts. Fixed size, a bounded search, no
///   allocation after `configure`; entries that are too old go in `sweep`; counters are StripedCounters.
///   Right where packets change it.
///
/// Life cycle: construct -> parameters set -> configure (control thread) -> used by workers, changed and
/// swept by the control thread -> destroy, after all elements.
class IXYFLOW_API Resource {
 public:
  virtual ~Resource() = default;

  /// Checks what the parameters' types could not and publishes the first version. Touches nothing:
  /// `ixyflow check` calls it too.
  virtual void configure(ResourceConfiguration& /*configuration*/) {}

  /// Adds an entry, written as in the file. Error (no): what is wrong with it; nothing has changed then.
  virtual Result<void> add(std::string_view entry) = 0;
  /// Takes the entry out whose key `entry` is. Error (no): there is none.
  virtual Result<void> remove(std::string_view entry) = 0;
  /// All entries, as `add` takes them. Control thread.
  [[nodiscard]] virtual std::vector<std::string> entries() const = 0;

  /// Called some ten times a second while workers use it, also when no packet passes, with the time by their
  /// clocks: what ages gives up what is too old. A bounded amount of work per call: a large table goes on
  /// where it stopped. Control thread.
  virtual void sweep(Nanoseconds /*now*/) noexcept {}

  /// The versions that were replaced since the last call. Control thread; whoever takes them keeps them until
  /// every worker has passed a round boundary.
  [[nodiscard]] std::vector<RetiredVersion> take_retired() { return std::exchange(retired_, {}); }

 protected:
  /// Where there is no memory to remember it by, it stays for ever: workers may be reading it.
  void retire(RetiredVersion version) noexcept {
    try {
      retired_.push_back(std::move(version));
    } catch (const std::bad_alloc&) {
      union Kept {
        Kept() {}
        ~Kept() {}
        RetiredVersion version;
      } kept;
      std::construct_at(&kept.version, std::move(version));
    }
  }

 private:
  std::vector<RetiredVersion> retired_;
};

/// The current version of a resource's data. `read` by any worker, once per batch: what it returns stays
/// valid until the worker's next round. `publish` by the control thread.
/// tests/model checks its orders with another `Atomic`.
template <class T, template <class> class Atomic = std::atomic>
class Versioned {
 public:
  [[nodiscard]] const T& read() const noexcept { return *current_.load(std::memory_order_acquire); }

  /// Makes `next` the current version and returns the one before (null the first time), for
  /// `Resource::retire`.
  [[nodiscard]] std::shared_ptr<const T> publish(std::shared_ptr<const T> next) noexcept {
    current_.store(next.get(), std::memory_order_release);
    return std::exchange(owner_, std::move(next));
  }
  /// Control thread.
  [[nodiscard]] const T* current() const noexcept { return owner_.get(); }

 private:
  Atomic<const T*> current_{nullptr};
  std::shared_ptr<const T> owner_;
};

/// An element's parameter that names a resource.
template <class R>
class ResourceRef {
 public:
  std::string name;
  void bind(R& resource) noexcept { resource_ = &resource; }
  [[nodiscard]] R& operator*() const noexcept { return *resource_; }
  [[nodiscard]] R* operator->() const noexcept { return resource_; }

 private:
  R* resource_ = nullptr;
};

template <class R>
struct ParameterType<ResourceRef<R>> {
  static constexpr std::string_view kName = "resource";
  static constexpr ParameterShape kShape = ParameterShape::string;
  static std::optional<ResourceRef<R>> parse(const Value& value, const ParameterSpec& spec,
                                             Diagnostics& diagnostics) {
    auto name = ParameterType<std::string>::parse(value, spec, diagnostics);
    if (!name) return std::nullopt;
    ResourceRef<R> reference;
    reference.name = std::move(*name);
    return reference;
  }
  static std::string show(const ResourceRef<R>& reference) {
    return reference.name.empty() ? "" : quote(reference.name);
  }
};

struct ResourceCounterSpec {
  std::string name;
  std::string doc;
  std::function<std::uint64_t(const Resource&)> value;
};

/// All that is known of a type of resource.
struct ResourceSpec {
  std::string name;  ///< as in `type = "IPv4Table"`
  std::string doc;
  std::string example;  ///< TOML: the resource's table
  std::vector<ParameterSpec> parameters;
  std::vector<ResourceCounterSpec> counters;
  std::function<std::unique_ptr<Resource>()> create;
};

/// What a resource's `describe` writes into.
template <class T>
class ResourceSpecOf : public ParameterDeclarations<T> {
 public:
  explicit ResourceSpecOf(ResourceSpec& spec) : ParameterDeclarations<T>(spec.parameters), spec_(spec) {
    spec_.create = [] { return std::make_unique<T>(); };
  }
  ResourceSpecOf& doc(std::string text) { return spec_.doc = std::move(text), *this; }
  ResourceSpecOf& example(std::string toml) { return spec_.example = std::move(toml), *this; }
  /// What is shown of the resource beside its entries; its elements count by themselves.
  template <class Owner>
  ResourceSpecOf& counter(std::string name, StripedCounter Owner::*member, std::string doc) {
    spec_.counters.push_back({std::move(name), std::move(doc), {}});
    if (member != nullptr)
      spec_.counters.back().value = [member](const Resource& resource) {
        return (static_cast<const T&>(resource).*member).value();
      };
    return *this;
  }

 private:
  ResourceSpec& spec_;
};

/// All types of resources of the program and of its plugins.
class IXYFLOW_API ResourceRegistry : public Registry<ResourceSpec> {
 public:
  static ResourceRegistry& instance();
};

template <class T>
using ResourceRegistration = Registration<T, ResourceRegistry, ResourceSpecOf>;

}  // namespace ixyflow

/// The last line of a resource's .cpp file: makes class `T` known under its own name.
#define IXYFLOW_RESOURCE(T) IXYFLOW_REGISTER(::ixyflow::ResourceRegistration, T, #T)
