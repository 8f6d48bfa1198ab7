#pragma once

#include "core/base/api.hpp"
#include "core/base/registry.hpp"
#include "core/element/element_rules.hpp"
#include "core/element/spec.hpp"

namespace ixyflow {

/// All element types of the program and of its plugins.
class IXYFLOW_API ElementRegistry : public Registry<ElementSpec> {
 public:
  static ElementRegistry& instance();
};

template <class T>
struct ElementRegistration : detail::ElementRules<T>, Registration<T, ElementRegistry, Spec> {
  using Registration<T, ElementRegistry, Spec>::Registration;
};

}  // namespace ixyflow

/// The last line of an element's file: makes class `T` known under its own name. The file is compiled; there
/// is no list to add it to. Empty when elements are compiled together into one unit, which defines
/// IXYFLOW_ELEMENT_AS so.
#define IXYFLOW_ELEMENT(T) IXYFLOW_ELEMENT_AS(T, #T)

/// The same for a class whose name is not the one that files write.
#ifndef IXYFLOW_ELEMENT_AS
#define IXYFLOW_ELEMENT_AS(T, name) IXYFLOW_REGISTER(::ixyflow::ElementRegistration, T, name)
#endif
