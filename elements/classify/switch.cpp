#include <fmt/format.h>

#include <cstdint>

#include "core/element/element.hpp"
#include "core/element/registry.hpp"
#include "core/element/spec.hpp"

namespace ixyflow::elements {

class Switch final : public Element {
  enum : PortIndex { kSwitchedOff = kFirstDrop };

 public:
  static void describe(Spec<Switch>& spec) {
    spec.doc(
            "Sends all packets to one of its outputs, which can be changed while it works: "
            "`ixyflow set way.output=1`. With -1 it drops them. As Click's Switch; which output is a "
            "parameter here, where Click has a handler.")
        .outputs_as_wired()
        .one_way()
        .filter(kSwitchedOff, "switched_off", "the output is -1")
        .keeps_length();
    spec.param("output", &Switch::output_, "number of the output that all packets take; -1 drops them")
        .range(-1, kMaxOutputs - 1)
        .live();
  }

  void configure(Configuration& configuration) override {
    if (output_ >= configuration.outputs)
      configuration.error("output", fmt::format("output {} is not wired", output_));
    update();
  }

  void update() noexcept override {
    exit_ = output_ < 0 ? PortIndex{kSwitchedOff} : static_cast<PortIndex>(output_);
  }

  void process(PortIndex /*input*/, Batch& batch, Outputs& outputs) noexcept override {
    outputs.forward(exit_, batch);
  }

 private:
  std::int32_t output_ = 0;
  PortIndex exit_ = 0;
};

IXYFLOW_ELEMENT(Switch);

}  // namespace ixyflow::elements
