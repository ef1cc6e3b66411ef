#include "os/certificate.h"

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace godesk::os {
namespace {

TEST(Certificate, CarriesItsNameAndSignsItself) {
  for (const char* name : {"desk.example", "192.0.2.1", "2001:db8::1"}) {
    TlsIdentity made = make_tls_identity(name, WallTime(std::chrono::seconds(1'700'000'000)));
    BIO* bio = BIO_new_mem_buf(made.certificate_pem.data(), static_cast<int>(made.certificate_pem.size()));
    X509* certificate = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
    BIO_free(bio);
    ASSERT_NE(certificate, nullptr);
    EXPECT_EQ(X509_verify(certificate, X509_get0_pubkey(certificate)), 1);
    bool literal = X509_check_ip_asc(certificate, name, 0) == 1;
    EXPECT_TRUE(literal || X509_check_host(certificate, name, 0, 0, nullptr) == 1) << name;
    X509_free(certificate);
  }
}

}  // namespace
}  // namespace godesk::os
