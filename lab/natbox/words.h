// How the laboratory's programs call what a NAT does, on command lines and in questions.
#pragma once

#include <map>
#include <optional>
#include <sstream>
#include <string>

#include "sim/nat.h"

namespace godesk::lab {

inline const std::map<std::string, oracle::Dependence> kDependence{
    {"endpoint-independent", oracle::Dependence::endpoint_independent},
    {"address-dependent", oracle::Dependence::address_dependent},
    {"address-and-port-dependent", oracle::Dependence::address_and_port_dependent}};
inline const std::map<std::string, sim::PortAllocation> kPorts{
    {"preserving", sim::PortAllocation::preserving},
    {"sequential", sim::PortAllocation::sequential},
    {"random", sim::PortAllocation::random},
    {"block", sim::PortAllocation::block},
    {"overloading", sim::PortAllocation::overloading}};

/// "MAPPING,FILTERING,PORTS"; nothing for anything else.
inline std::optional<sim::NatConfig> nat_of(const std::string& text) {
  std::istringstream stream(text);
  std::string mapping, filtering, ports;
  std::getline(stream, mapping, ',');
  std::getline(stream, filtering, ',');
  std::getline(stream, ports);
  if (!kDependence.contains(mapping) || !kDependence.contains(filtering) || !kPorts.contains(ports))
    return std::nullopt;
  sim::NatConfig nat;
  nat.kind = {kDependence.at(mapping), kDependence.at(filtering), false};
  nat.ports = kPorts.at(ports);
  return nat;
}

}  // namespace godesk::lab
