#include "os/files.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace godesk::os {
namespace {

namespace fs = std::filesystem;

class FilesTest : public ::testing::Test {
 protected:
  FilesTest() {
    std::string pattern = ::testing::TempDir() + "/godesk_files_XXXXXX";
    root_ = ::mkdtemp(pattern.data());
  }
  ~FilesTest() override { fs::remove_all(root_); }
  std::string path(const std::string& name) const { return root_ + "/" + name; }
  static mode_t mode(const std::string& path) {
    struct stat info {};
    EXPECT_EQ(::stat(path.c_str(), &info), 0);
    return info.st_mode & 0777;
  }

  std::string root_;
};

TEST_F(FilesTest, DirectoriesAndSecretsArePrivate) {
  make_private_directory(path("a/b"));
  EXPECT_EQ(mode(path("a/b")), 0700u);
  write_secret(path("a/b/key"), bytes_of("secret"));
  EXPECT_EQ(mode(path("a/b/key")), 0600u);
  EXPECT_EQ(text_of(*read_secret(path("a/b/key"))), "secret");
  make_private_directory(path("a/b"));  // again is fine
}

TEST_F(FilesTest, WiderModesAreRefused) {
  make_private_directory(path("data"));
  ASSERT_EQ(::chmod(path("data").c_str(), 0750), 0);
  EXPECT_THROW(make_private_directory(path("data")), SetupError);
  write_secret(path("key"), bytes_of("x"));
  ASSERT_EQ(::chmod(path("key").c_str(), 0640), 0);
  EXPECT_THROW(read_secret(path("key")), SetupError);
}

TEST_F(FilesTest, LinksDirectoriesAndGiantsAreNoSecrets) {
  write_secret(path("real"), bytes_of("x"));
  fs::create_symlink(path("real"), path("link"));
  EXPECT_THROW(read_secret(path("link")), SetupError);
  make_private_directory(path("dir"));
  EXPECT_THROW(read_secret(path("dir")), SetupError);
  write_secret(path("giant"), Buffer((1 << 20) + 1));
  EXPECT_THROW(read_secret(path("giant")), SetupError);
}

TEST_F(FilesTest, WritingThroughALinkReplacesTheLink) {
  write_secret(path("victim"), bytes_of("untouched"));
  fs::create_symlink(path("victim"), path("key"));
  write_secret(path("key"), bytes_of("new"));
  EXPECT_EQ(text_of(*read_secret(path("victim"))), "untouched");
  EXPECT_EQ(text_of(*read_secret(path("key"))), "new");
}

TEST_F(FilesTest, AFailedWriteLeavesTheOldFileAndNoLitter) {
  fs::create_directory(path("occupied"));  // a file cannot replace a directory
  EXPECT_THROW(write_secret(path("occupied"), bytes_of("x")), FileError);
  EXPECT_EQ(std::distance(fs::directory_iterator(root_), fs::directory_iterator()), 1);
}

TEST_F(FilesTest, ASecretIsMadeOnce) {
  int made = 0;
  auto make = [&] { return ++made, Buffer{1, 2, 3}; };
  EXPECT_EQ(read_or_make_secret(path("seed"), make), (Buffer{1, 2, 3}));
  EXPECT_EQ(read_or_make_secret(path("seed"), make), (Buffer{1, 2, 3}));
  EXPECT_EQ(made, 1);
}

TEST_F(FilesTest, TheFirstLineIsTheSecret) {
  write_secret(path("password"), bytes_of("correct horse\r\nsecond\n"));
  EXPECT_EQ(read_secret_line(path("password")), "correct horse");
  write_secret(path("empty"), bytes_of("\nx"));
  EXPECT_THROW(read_secret_line(path("empty")), SetupError);
  EXPECT_THROW(read_secret_line(path("missing")), SetupError);
}

TEST_F(FilesTest, OneLockAtATime) {
  auto first = FileLock::take(path("lock"));
  ASSERT_TRUE(first);
  EXPECT_FALSE(FileLock::take(path("lock")));
  first.reset();
  EXPECT_TRUE(FileLock::take(path("lock")));
}

}  // namespace
}  // namespace godesk::os
