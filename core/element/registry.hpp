#pragma once

#include <memory>

#include "core/base/api.hpp"
#include "core/base/interface_note.hpp"
#include "core/base/registry.hpp"
#include "core/element/spec.hpp"

namespace ixyflow {

/// All element types of the program and of its plugins.
class IXYFLOW_API ElementRegistry : public Registry<ElementSpec> {
 public:
  static ElementRegistry& instance();
};

template <class T>
struct ElementRegistration {
  explicit ElementRegistration(const char* name) {
    auto spec = std::make_unique<ElementSpec>();
    spec->name = name;
    Spec<T> builder(*spec);
    T::describe(builder);
    if (spec->processes && spec->inputs.empty() && !spec->inputs_as_wired) spec->inputs.push_back({"in", ""});
    if (spec->creates) spec->one_way = false;
    ElementRegistry::instance().add(std::move(spec));
  }
};

}  // namespace ixyflow

/// The last line of an element's file: makes class `T` known under its own name. The file is compiled; there
/// is no list to add it to. Empty when elements are compiled together into one unit.
#ifndef IXYFLOW_ELEMENT
#define IXYFLOW_ELEMENT(T)                                 \
  IXYFLOW_INTERFACE_NOTE(ixyflow_interface_note_of_##T){}; \
  static const ::ixyflow::ElementRegistration<T> ixyflow_registration_of_##T(#T)
#endif
