#include "core/runtime/assembly/assembly.hpp"

#include <algorithm>

#include "core/runtime/engine/plugin_call.hpp"

namespace ixyflow {

Assembly::~Assembly() {
  workers.clear();
  rings.clear();
  for (std::size_t i = 0; i < pipeline.elements.size() && i < copies.size(); ++i) {
    const PluginCall call("element", pipeline.elements[i].name);
    pipeline.elements[i].element.reset();
    std::erase_if(
        made, [&](const auto& copy) { return std::ranges::find(copies[i], copy.get()) != copies[i].end(); });
  }
}

}  // namespace ixyflow
