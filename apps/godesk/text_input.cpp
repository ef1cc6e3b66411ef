#include "text_input.h"

#include <QList>
#include <QString>
#include <QStringDecoder>

#include "exit_codes.h"

namespace godesk::app {

std::vector<session::Input> text_inputs(std::string_view utf8) {
  QStringDecoder decode(QStringDecoder::Utf8, QStringDecoder::Flag::Stateless);
  const QString text = decode(QByteArrayView(utf8.data(), static_cast<qsizetype>(utf8.size())));
  if (decode.hasError()) throw Stop(Exit::usage, "The text to type is not valid UTF-8.");
  std::vector<session::Input> inputs;
  for (uint code_point : text.toUcs4()) {
    if (code_point != 0) inputs.push_back(session::Character{static_cast<char32_t>(code_point)});
  }
  return inputs;
}

}  // namespace godesk::app
