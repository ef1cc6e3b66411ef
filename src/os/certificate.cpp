#include "os/certificate.h"

#include <memory>
#include <stdexcept>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/address.h"

namespace godesk::os {

namespace {

struct Free {
  void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
  void operator()(X509* p) const { X509_free(p); }
  void operator()(BIO* p) const { BIO_free(p); }
  void operator()(X509_EXTENSION* p) const { X509_EXTENSION_free(p); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

/// OpenSSL fails here only when memory is out or the library is broken.
void must(bool ok) {
  if (!ok) throw std::runtime_error("OpenSSL could not make the TLS certificate.");
}

void set_serial(X509* certificate) {
  std::unique_ptr<BIGNUM, decltype(&BN_free)> number(BN_new(), BN_free);
  must(number && BN_rand(number.get(), 127, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY));
  must(BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)));
}

void add_extension(X509* certificate, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  Owned<X509_EXTENSION> extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  must(extension && X509_add_ext(certificate, extension.get(), -1));
}

template <class Write>
std::string pem(Write write) {
  Owned<BIO> memory(BIO_new(BIO_s_mem()));
  must(memory && write(memory.get()));
  char* data = nullptr;
  long size = BIO_get_mem_data(memory.get(), &data);
  return std::string(data, static_cast<std::size_t>(size));
}

}  // namespace

TlsIdentity make_tls_identity(const std::string& name, WallTime now) {
  Owned<EVP_PKEY> key(EVP_EC_gen("P-256"));
  Owned<X509> certificate(X509_new());
  must(key && certificate);

  constexpr long kTwentyYears = 20L * 365 * 24 * 3600;
  constexpr long kSkew = 24 * 3600;  // clients whose clock is a little behind
  time_t base = now.time_since_epoch().count();
  must(X509_set_version(certificate.get(), X509_VERSION_3));
  set_serial(certificate.get());
  must(X509_time_adj(X509_getm_notBefore(certificate.get()), -kSkew, &base));
  must(X509_time_adj(X509_getm_notAfter(certificate.get()), kTwentyYears, &base));
  must(X509_set_pubkey(certificate.get(), key.get()));

  X509_NAME* subject = X509_get_subject_name(certificate.get());
  must(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                                  reinterpret_cast<const unsigned char*>("GoDesk"), -1, -1, 0));
  must(X509_set_issuer_name(certificate.get(), subject));
  add_extension(certificate.get(), NID_subject_alt_name, (IpAddress::parse(name) ? "IP:" : "DNS:") + name);
  must(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0);

  return {pem([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate.get()); }), pem([&](BIO* bio) {
            return PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
          })};
}

}  // namespace godesk::os
