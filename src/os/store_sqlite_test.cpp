#include "os/store_sqlite.h"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/files.h"

namespace godesk::os {
namespace {

using Insert = rendezvous::Registry::Insert;

class SqliteStoreTest : public testing::Test {
 protected:
  SqliteStoreTest() {
    char name[] = "/tmp/godesk-store-XXXXXX";
    directory = ::mkdtemp(name);
    path = directory + "/data/devices.sqlite";
  }
  ~SqliteStoreTest() override { std::filesystem::remove_all(directory); }

  static crypto::PublicKey key(std::uint8_t n) {
    crypto::PublicKey made;
    made.bytes.fill(n);
    return made;
  }
  static auth::DeviceId id(std::uint32_t n) { return *auth::DeviceId::from_number(100'000'000 + n); }
  static int mode(const std::string& file) {
    struct stat status {};
    return ::stat(file.c_str(), &status) == 0 ? static_cast<int>(status.st_mode & 0777) : -1;
  }
  void sql(const char* text) {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open(path.c_str(), &db), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(db, text, nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(db);
  }
  /// What opening it says.
  std::string refusal() {
    try {
      SqliteStore store(path, log);
    } catch (const SetupError& error) {
      return error.what();
    }
    return "";
  }

  NullLog log;
  std::string directory, path;
};

TEST_F(SqliteStoreTest, KeepsDevicesAcrossOpenings) {
  {
    SqliteStore store(path, log);
    EXPECT_FALSE(store.find(key(1)));
    EXPECT_EQ(store.insert(id(5), key(1)), Insert::done);
    EXPECT_EQ(store.insert(id(899'999'999), key(2)), Insert::done);
  }
  SqliteStore store(path, log);
  EXPECT_EQ(store.find(key(1)), (rendezvous::Device{id(5), key(1), 0}));
  EXPECT_EQ(store.find(id(899'999'999)), (rendezvous::Device{id(899'999'999), key(2), 0}));
  EXPECT_FALSE(store.find(id(6)));
}

TEST_F(SqliteStoreTest, NeitherIdNorKeyIsGivenTwice) {
  SqliteStore store(path, log);
  EXPECT_EQ(store.insert(id(5), key(1)), Insert::done);
  EXPECT_EQ(store.insert(id(5), key(2)), Insert::id_taken);
  EXPECT_EQ(store.insert(id(6), key(1)), Insert::key_taken);
  EXPECT_EQ(store.find(key(1))->id, id(5));
  EXPECT_FALSE(store.find(key(2)));
}

TEST_F(SqliteStoreTest, GenerationIsRead) {
  { EXPECT_EQ(SqliteStore(path, log).insert(id(5), key(1)), Insert::done); }
  sql("UPDATE devices SET generation = 3");
  EXPECT_EQ(SqliteStore(path, log).find(id(5))->generation, 3u);
}

TEST_F(SqliteStoreTest, EveryFileIsPrivate) {
  const mode_t before = ::umask(0);
  SqliteStore store(path, log);
  store.insert(id(5), key(1));
  ::umask(before);
  EXPECT_EQ(mode(directory + "/data"), 0700);
  for (const char* suffix : {"", "-wal", "-shm"}) EXPECT_EQ(mode(path + suffix), 0600) << suffix;
}

TEST_F(SqliteStoreTest, AFileOpenToOthersIsRefused) {
  { SqliteStore store(path, log); }
  ::chmod(path.c_str(), 0640);
  EXPECT_NE(refusal().find("chmod 600"), std::string::npos);
}

TEST_F(SqliteStoreTest, ASymbolicLinkIsRefused) {
  { SqliteStore store(path, log); }
  std::filesystem::rename(path, path + ".real");
  std::filesystem::create_symlink(path + ".real", path);
  EXPECT_NE(refusal(), "");
}

TEST_F(SqliteStoreTest, ADamagedFileIsSaidAndLeftAlone) {
  {
    SqliteStore store(path, log);
    for (std::uint32_t n = 0; n < 200; ++n) {
      auto made = key(1);
      made.bytes[0] = static_cast<std::uint8_t>(n);
      ASSERT_EQ(store.insert(id(n), made), Insert::done);
    }
  }
  const auto size = std::filesystem::file_size(path);
  {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096);
    file << std::string(size - 4096, 'x');
  }
  EXPECT_NE(refusal().find("damaged"), std::string::npos);
  {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file << "this is no database";
  }
  EXPECT_NE(refusal().find("damaged"), std::string::npos);
  EXPECT_EQ(std::filesystem::file_size(path), size);
}

TEST_F(SqliteStoreTest, ForeignTablesAndNewerVersionsAreRefused) {
  { SqliteStore store(path, log); }
  sql("DROP TABLE devices");
  EXPECT_NE(refusal().find("damaged"), std::string::npos);
  sql("PRAGMA user_version = 2");
  EXPECT_NE(refusal().find("newer version"), std::string::npos);
}

TEST_F(SqliteStoreTest, WhatWasAnsweredSurvivesAKill) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    SqliteStore store(path, log);
    if (store.insert(id(5), key(1)) == Insert::done) ::raise(SIGKILL);
    ::_exit(1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  SqliteStore store(path, log);
  EXPECT_EQ(store.find(key(1))->id, id(5));
  EXPECT_EQ(store.insert(id(6), key(2)), Insert::done);
}

}  // namespace
}  // namespace godesk::os
