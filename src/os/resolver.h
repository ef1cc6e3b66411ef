// Inside os: names to addresses by the system's resolver, on threads of its own, because getaddrinfo blocks.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "base/address.h"

namespace godesk::os {

class Resolver {
 public:
  using Done = std::function<void(const std::vector<IpAddress>&)>;

  explicit Resolver(boost::asio::io_context&);
  /// Lookups under way end in the background and are forgotten.
  ~Resolver();

  /// `done` is called on the io_context's thread, with nothing when the name is unknown. Literals answer
  /// themselves. At most 8 lookups run at a time, at most 256 wait.
  void resolve(const std::string& host, Done done);

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace godesk::os
