// Another program's clipboard, Qt's: for the end-to-end test.
//   clipboard_tool copy [text FILE] [html FILE] [png FILE]   holds the clipboard; says "held"; until it is
//   killed clipboard_tool paste KIND FILE                           writes what it gets; exit 1 where there
//   is nothing clipboard_tool wait KIND                                 until the clipboard has that kind and
//   not the owner's own
#include <QClipboard>
#include <QFile>
#include <QGuiApplication>
#include <QMimeData>
#include <QTimer>
#include <cstdio>

namespace {

const char* mime_of(const QString& kind) {
  if (kind == "html") return "text/html";
  return kind == "png" ? "image/png" : "text/plain";
}

QByteArray content_of(const QString& path) {
  QFile file(path);
  return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

int copy(const QStringList& words) {
  auto* data = new QMimeData;
  for (int i = 2; i + 1 < words.size(); i += 2) {
    const QByteArray content = content_of(words[i + 1]);
    if (words[i] == "text") {
      data->setText(QString::fromUtf8(content));
    } else {
      data->setData(mime_of(words[i]), content);
    }
  }
  QGuiApplication::clipboard()->setMimeData(data);
  QTimer::singleShot(0, [] {
    std::puts("held");
    std::fflush(stdout);
  });
  return QGuiApplication::exec();
}

int paste(const QString& kind, const QString& path) {
  const QMimeData* data = QGuiApplication::clipboard()->mimeData();
  if (!data || !data->hasFormat(mime_of(kind))) return 1;
  const QByteArray content = kind == "text" ? data->text().toUtf8() : data->data(mime_of(kind));
  QFile file(path);
  if (content.isEmpty() || !file.open(QIODevice::WriteOnly)) return 1;
  file.write(content);
  return 0;
}

int wait(const QString& kind) {
  const auto has = [kind] {
    const QMimeData* data = QGuiApplication::clipboard()->mimeData();
    return data && data->hasFormat(mime_of(kind));
  };
  QTimer again;
  QObject::connect(&again, &QTimer::timeout, [has] {
    if (has()) QGuiApplication::exit(0);
  });
  again.start(20);
  return QGuiApplication::exec();
}

}  // namespace

int main(int argc, char** argv) {
  QGuiApplication application(argc, argv);
  const QStringList words = QGuiApplication::arguments();
  if (words.size() >= 4 && words[1] == "copy") return copy(words);
  if (words.size() == 4 && words[1] == "paste") return paste(words[2], words[3]);
  if (words.size() == 3 && words[1] == "wait") return wait(words[2]);
  return 2;
}
