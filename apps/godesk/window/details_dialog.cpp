#include "window/details_dialog.h"

#include <QDialogButtonBox>
#include <QVBoxLayout>

namespace godesk::app {
namespace {

QString text(const std::string& s) { return QString::fromStdString(s); }

QString milliseconds(double ms) { return QString::number(ms, 'f', 1) + " ms"; }

}  // namespace

DetailsDialog::DetailsDialog(QWidget* parent) : QDialog(parent), form_(new QFormLayout) {
  setWindowTitle("Session details");
  path_ = add_row("Path");
  reason_ = add_row("");
  transport_ = add_row("Transport");
  local_ = add_row("Own address");
  remote_ = add_row("Remote address");
  rtt_ = add_row("Round trip");
  loss_ = add_row("Loss");
  rate_ = add_row("Picture");
  coding_ = add_row("Coding");
  tls_ = add_row("Encryption");
  cipher_ = add_row("Cipher");
  key_exchange_ = add_row("Key exchange");
  signature_ = add_row("Signature");
  own_ = add_row("Own fingerprint");
  host_ = add_row("Host's fingerprint");
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  auto* layout = new QVBoxLayout(this);
  layout->addLayout(form_);
  layout->addWidget(buttons);
}

QLabel* DetailsDialog::add_row(const QString& title) {
  auto* value = new QLabel("–");
  value->setTextInteractionFlags(Qt::TextSelectableByMouse);
  value->setTextFormat(Qt::PlainText);
  form_->addRow(title.isEmpty() ? title : title + ":", value);
  return value;
}

void DetailsDialog::show_path(const PathState& state) {
  path_->setText(path_word(state));
  if (!state.path) return;
  const link::PathInfo& path = *state.path;
  reason_->setText(path_reason(path));
  transport_->setText(transport_word(path.transport) + ", " + family_word(path.family));
  local_->setText(text(path.local.to_string()));
  remote_->setText(text(path.remote.to_string()) +
                   (path.kind == link::Kind::relay ? " (relay)" : " (the other computer)"));
}

void DetailsDialog::show_login(const LoginFacts& facts) {
  tls_->setText("QUIC, " + text(facts.tls.version) + ", end to end (" + text(facts.tls.alpn) + ")");
  cipher_->setText(text(facts.tls.cipher) + ", " + text(facts.tls.hash));
  key_exchange_->setText(text(facts.tls.key_exchange));
  signature_->setText(text(facts.tls.server_signature) + ", " + text(facts.tls.peer_certificate));
  own_->setText(text(facts.own));
  host_->setText(text(facts.host));
}

void DetailsDialog::show_figures(const SecondFigures& figures) {
  rtt_->setText(rtt_word(figures.rtt_ms));
  loss_->setText(QString::number(figures.loss * 100, 'f', 1) + " %");
  rate_->setText(rate_words(figures));
  if (figures.decode_ms <= 0) return;  // nothing came in this second
  coding_->setText("host " + milliseconds(figures.encode_ms) + ", here " + milliseconds(figures.decode_ms) +
                   " an update");
}

}  // namespace godesk::app
