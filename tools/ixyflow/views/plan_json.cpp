#include "tools/ixyflow/json/build.hpp"
#include "tools/ixyflow/views/plan_view.hpp"

namespace ixyflow::tools {
namespace {

Value cores_json(const Pipeline& pipeline, const Plan& plan) {
  return json_list(plan.workers, [&pipeline](const WorkerPlan& worker) {
    return json_object({{"name", worker.name},
                        {"core", worker.core},
                        {"copy", worker.copy},
                        {"cpu", worker.cpu},
                        {"node", worker.node},
                        {"memory_node", worker.memory_node},
                        {"elements", names_of(pipeline, worker)},
                        {"queues", queues_of(pipeline, worker)},
                        {"buffers", worker.buffers},
                        {"memory", pool_bytes(pipeline, worker)}});
  });
}

Value rings_json(const Pipeline& pipeline, const Plan& plan) {
  return json_list(plan.rings, [&](const RingPlan& ring) {
    return json_object({{"edge", pipeline.show(pipeline.edges[ring.edge])},
                        {"kind", kind_of(plan, pipeline.edges[ring.edge])},
                        {"from", plan.workers[ring.from].name},
                        {"to", plan.workers[ring.to].name},
                        {"length", ring.length},
                        {"full", policy_name(ring.full)},
                        {"closes_cycle", ring.closes_cycle}});
  });
}

Value holders_json(const Pipeline& pipeline, const Plan& plan) {
  return json_list(holders_of(pipeline, plan), [&plan](const HolderView& holder) {
    return json_object({{"name", holder.name},
                        {"core", plan.workers[holder.worker].name},
                        {"room", holder.room},
                        {"full", holder.full}});
  });
}

Value nodes_json(const Plan& plan) {
  return json_list(plan.nodes, [](const NodePlan& node) {
    return json_object({{"node", node.node},
                        {"buffers", node.buffers},
                        {"packet_bytes", node.packet_bytes},
                        {"device_bytes", node.device_bytes},
                        {"ring_bytes", node.ring_bytes},
                        {"huge_pages", node.huge_pages},
                        {"huge_pages_free", node.huge_pages_free}});
  });
}

Value decisions_json(const Plan& plan) {
  return json_list(plan.decisions, [](const Decision& decision) {
    return json_object({{"subject", decision.subject}, {"reason", decision.text}});
  });
}

}  // namespace

Value plan_json(const Pipeline& pipeline, const Plan& plan) {
  return json_object({{"pipeline", pipeline.settings.name},
                      {"burst", pipeline.settings.burst},
                      {"packet_size", pipeline.settings.packet_size},
                      {"oversubscribed", plan.oversubscribed},
                      {"cores", cores_json(pipeline, plan)},
                      {"rings", rings_json(pipeline, plan)},
                      {"holders", holders_json(pipeline, plan)},
                      {"nodes", nodes_json(plan)},
                      {"huge_pages_needed", plan.device_addresses == DeviceAddresses::physical},
                      {"decisions", decisions_json(plan)},
                      {"warnings", plan.warnings},
                      {"notes", plan.notes}});
}

}  // namespace ixyflow::tools
