#include "window/server_setting.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "exit_codes.h"
#include "os/files.h"

namespace godesk::app {
namespace {

std::string read_all(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream content;
  content << in.rdbuf();
  return content.str();
}

}  // namespace

rendezvous::Join keep_server(const std::string& config_file, const std::string& server) {
  auto join = rendezvous::Join::parse(server);
  if (!join) {
    throw Stop(Exit::usage, "This server is not understood: " + std::string(to_string(join.reason())) + ".");
  }
  const auto folder = std::filesystem::path(config_file).parent_path();
  std::error_code error;
  if (!folder.empty()) std::filesystem::create_directories(folder, error);
  // First, because what follows a [section] belongs to it. The text that was judged has no quote in it.
  const std::string content = "server = \"" + join->to_string() + "\"\n" + read_all(config_file);
  os::write_secret(config_file, bytes_of(content));
  return *join;
}

}  // namespace godesk::app
