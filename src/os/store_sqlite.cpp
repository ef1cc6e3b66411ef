#include "os/store_sqlite.h"

#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/files.h"

namespace godesk::os {
namespace {

using rendezvous::Device;

/// PRAGMA user_version. A newer program may raise it and must then read the older ones.
constexpr int kSchemaVersion = 1;

constexpr const char* kSchema =
    "CREATE TABLE devices ("
    "  id INTEGER PRIMARY KEY CHECK (id BETWEEN 100000000 AND 999999999),"
    "  key BLOB NOT NULL UNIQUE CHECK (length(key) = 32),"
    "  generation INTEGER NOT NULL DEFAULT 0"
    ") STRICT;"
    "PRAGMA user_version = 1;";

/// SQLite would make the file with the process's umask; its -wal and -shm files take this one's mode.
void make_private_file(const std::string& path) {
  const int made = ::open(path.c_str(), O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_CLOEXEC, 0600);
  if (made >= 0) {
    ::close(made);
    return;
  }
  if (errno != EEXIST) throw FileError("Cannot make " + path + ": " + std::strerror(errno) + ".");
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0)
    throw FileError("Cannot read " + path + ": " + std::strerror(errno) + ".");
  if (!S_ISREG(status.st_mode) || status.st_uid != ::geteuid() || (status.st_mode & 077) != 0)
    throw SetupError("The device database " + path +
                     " must be a plain file of yours that nobody else can read (chmod 600).");
}

}  // namespace

/// The connection and its prepared statements.
class SqliteStore::Database {
 public:
  Database(const std::string& path, LogSink& log) : path_(path), log_(log) {
    try {
      open();
    } catch (...) {
      close();
      throw;
    }
  }
  ~Database() { close(); }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  std::optional<Device> find(const crypto::PublicKey& key) {
    bind(by_key_, 1, key);
    return row(by_key_);
  }
  std::optional<Device> find(const auth::DeviceId& id) {
    sqlite3_bind_int64(by_id_, 1, id.number());
    return row(by_id_);
  }
  Insert insert(const auth::DeviceId& id, const crypto::PublicKey& key) {
    sqlite3_bind_int64(insert_, 1, id.number());
    bind(insert_, 2, key);
    const int code = sqlite3_step(insert_);
    if (code != SQLITE_DONE && (code & 0xff) != SQLITE_CONSTRAINT) complain();
    sqlite3_reset(insert_);
    if (code == SQLITE_DONE) return Insert::done;
    if (code == SQLITE_CONSTRAINT_PRIMARYKEY || code == SQLITE_CONSTRAINT_ROWID) return Insert::id_taken;
    return code == SQLITE_CONSTRAINT_UNIQUE ? Insert::key_taken : Insert::failed;
  }

 private:
  void open() {
    const int flags =
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE;
    must(sqlite3_open_v2(path_.c_str(), &db_, flags, nullptr));
    must(sqlite3_busy_timeout(db_, 2000));
    run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF;");
    // A damaged page would otherwise show up as a device that is suddenly unknown, and gets a new ID.
    if (text("PRAGMA quick_check(1)") != "ok") damaged();
    const std::string version = text("PRAGMA user_version");
    if (version == "0")
      run((std::string("BEGIN IMMEDIATE;") + kSchema + "COMMIT;").c_str());
    else if (version != std::to_string(kSchemaVersion))
      throw SetupError("The device database " + path_ +
                       " was made by a newer version of godesk-server; use that one.");
    by_key_ = prepare("SELECT id, key, generation FROM devices WHERE key = ?1");
    by_id_ = prepare("SELECT id, key, generation FROM devices WHERE id = ?1");
    insert_ = prepare("INSERT INTO devices (id, key) VALUES (?1, ?2)");
  }

  void close() {
    for (sqlite3_stmt* statement : {by_key_, by_id_, insert_}) sqlite3_finalize(statement);
    sqlite3_close(db_);
  }

  [[noreturn]] void damaged() const {
    throw SetupError(
        "The device database " + path_ +
        " is damaged; restore it from a backup, or move it away (every device then gets a new ID).");
  }

  void must(int code) const {
    if (code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE) return;
    const int kind = code & 0xff;
    // SQLITE_ERROR: a statement of ours does not fit the tables that are there.
    if (kind == SQLITE_CORRUPT || kind == SQLITE_NOTADB || kind == SQLITE_ERROR) damaged();
    throw FileError("Cannot use the device database " + path_ + ": " + sqlite3_errstr(code) + ".");
  }

  void run(const char* sql) const { must(sqlite3_exec(db_, sql, nullptr, nullptr, nullptr)); }

  sqlite3_stmt* prepare(const char* sql) const {
    sqlite3_stmt* statement = nullptr;
    must(sqlite3_prepare_v3(db_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr));
    return statement;
  }

  /// The first column of the first row.
  std::string text(const char* sql) const {
    sqlite3_stmt* statement = prepare(sql);
    const int code = sqlite3_step(statement);
    std::string value;
    if (code == SQLITE_ROW) value = reinterpret_cast<const char*>(sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    must(code);
    return value;
  }

  static void bind(sqlite3_stmt* statement, int at, const crypto::PublicKey& key) {
    sqlite3_bind_blob(statement, at, key.bytes.data(), static_cast<int>(key.bytes.size()), SQLITE_TRANSIENT);
  }

  std::optional<Device> row(sqlite3_stmt* statement) {
    const int code = sqlite3_step(statement);
    std::optional<Device> device;
    if (code == SQLITE_ROW) device = device_of(statement);
    if (code != SQLITE_DONE && !device) complain();
    sqlite3_reset(statement);
    return device;
  }

  static std::optional<Device> device_of(sqlite3_stmt* row) {
    const auto id = auth::DeviceId::from_number(static_cast<std::uint32_t>(sqlite3_column_int64(row, 0)));
    const auto* bytes = static_cast<const std::uint8_t*>(sqlite3_column_blob(row, 1));
    const auto key = crypto::PublicKey::from({bytes, static_cast<std::size_t>(sqlite3_column_bytes(row, 1))});
    if (!id || !key) return std::nullopt;
    return Device{*id, *key, static_cast<std::uint32_t>(sqlite3_column_int64(row, 2))};
  }

  /// In a running server: the device is refused and tries again; the log says why.
  void complain() {
    log_.write(LogLevel::error, std::string("The device database failed: ") + sqlite3_errmsg(db_) + ".");
  }

  std::string path_;
  LogSink& log_;
  sqlite3* db_ = nullptr;
  sqlite3_stmt* by_key_ = nullptr;
  sqlite3_stmt* by_id_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
};

SqliteStore::SqliteStore(const std::string& path, LogSink& log) {
  make_private_directory(std::filesystem::absolute(path).parent_path().string());
  make_private_file(path);
  database_ = std::make_unique<Database>(path, log);
}
SqliteStore::~SqliteStore() = default;

std::optional<Device> SqliteStore::find(const crypto::PublicKey& key) { return database_->find(key); }
std::optional<Device> SqliteStore::find(const auth::DeviceId& id) { return database_->find(id); }
rendezvous::Registry::Insert SqliteStore::insert(const auth::DeviceId& id, const crypto::PublicKey& key) {
  return database_->insert(id, key);
}

}  // namespace godesk::os
