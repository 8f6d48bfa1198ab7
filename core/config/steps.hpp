#pragma once

namespace ixyflow {

struct BuildContext;

// The steps from a file to a pipeline, in their order. Each has a file of its own.

bool build_settings(BuildContext& build);   ///< [pipeline]; loads plugins: false when one was refused
void build_ports(BuildContext& build);      ///< [ports] and swaps: makes ports and sets their parameters
void build_resources(BuildContext& build);  ///< [resources]: makes resources and configures them
void build_elements(BuildContext& build);   ///< [elements]: makes elements and sets their parameters
void build_graph(BuildContext& build);  ///< [graph]: unnamed elements, edges, numbers of inputs and outputs
void build_cores(BuildContext& build);  ///< [cores]
void build_rings(BuildContext& build);  ///< [rings]
void configure_ports(BuildContext& build);
void configure_elements(BuildContext& build);
void check_files(BuildContext& build);  ///< nobody overwrites what another one uses
void drop_unused(BuildContext& build);  ///< what nothing uses is taken out, and warned of with open outputs

}  // namespace ixyflow
