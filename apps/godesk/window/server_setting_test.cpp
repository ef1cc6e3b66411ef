#include "window/server_setting.h"

#include <QFile>
#include <QTemporaryDir>

#include <gtest/gtest.h>

#include "exit_codes.h"

namespace godesk::app {
namespace {

const std::string kJoin = "godesk://192.0.2.1?key=" + std::string(42, 'A') + "A";

QByteArray content(const QString& path) {
  QFile file(path);
  EXPECT_TRUE(file.open(QIODevice::ReadOnly));
  return file.readAll();
}

TEST(ServerSetting, IsKeptInANewFile) {
  const QTemporaryDir folder;
  const QString path = folder.filePath("godesk/config.toml");
  EXPECT_EQ(keep_server(path.toStdString(), kJoin).hosts.front(), "192.0.2.1");
  EXPECT_EQ(content(path), QByteArray::fromStdString("server = \"" + kJoin + "\"\n"));
}

TEST(ServerSetting, LeavesTheRestOfTheFile) {
  const QTemporaryDir folder;
  const QString path = folder.filePath("config.toml");
  {
    QFile file(path);
    ASSERT_TRUE(file.open(QIODevice::WriteOnly));
    file.write("relay-only = true\n[direct-ip]\nenabled = true\n");
  }
  keep_server(path.toStdString(), "id.example.org");
  EXPECT_EQ(content(path), "server = \"id.example.org\"\nrelay-only = true\n[direct-ip]\nenabled = true\n");
}

TEST(ServerSetting, RefusesWhatIsNoServer) {
  const QTemporaryDir folder;
  const QString path = folder.filePath("config.toml");
  for (const char* text : {"", "godesk://x", "a b", "\"", "godesk://h?key=short"}) {
    EXPECT_THROW(keep_server(path.toStdString(), text), Stop) << text;
  }
  EXPECT_FALSE(QFile::exists(path));
}

}  // namespace
}  // namespace godesk::app
