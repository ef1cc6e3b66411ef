// `godesk netcheck`: what this network lets through, in words or as one JSON event.
#include "commands.h"
#include "device.h"
#include "netcheck.h"
#include "netcheck_words.h"
#include "os/clock.h"
#include "os/driver.h"
#include "os/random.h"
#include "viewer_process.h"

namespace godesk::app {

Exit run_netcheck(const Options& options, LogSink& log) {
  EventWriter out(options.common.json, os::now());
  if (!options.common.server)
    throw Stop(Exit::usage,
               "No ID server is known: give --server with the join string that godesk-server prints.");
  os::OsRandom random;
  const Device device(options.common.data_dir, random, log);
  Netcheck::Config config;
  config.server = *options.common.server;
  config.identity = device.identity();
  config.pinned = device.pinned_server(config.server);
  for (const auto& relay : options.common.own_relays)
    if (relay.udp) config.own_relays.push_back(*relay.udp);

  Ids ids;
  Netcheck check(config, ids, random, log);
  os::DriverConfig driver_config;
  driver_config.proxy = os::ProxySettings::from_environment();
  os::Driver driver(check, log, driver_config);
  driver.after_turn([&] {
    if (check.done()) driver.stop();
    return false;
  });
  driver.post([&] { check.start(driver.now()); });
  driver.run();

  if (check.proved()) device.pin_server(config.server, *check.proved());
  if (check.failed()) throw Stop(Exit::no_server, server_sentence(check.failed()));
  if (!check.done()) return Exit::ok;  // SIGINT or SIGTERM
  out.write(os::now(), "netcheck", netcheck_fields(check.result()), netcheck_table(check.result()));
  return Exit::ok;
}

}  // namespace godesk::app
