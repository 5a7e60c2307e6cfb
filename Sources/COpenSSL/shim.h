#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

// Function-like macros, which Swift does not import.

static inline int hector_ssl_ctx_set_min_proto_version(SSL_CTX *context, int version) {
    return (int)SSL_CTX_set_min_proto_version(context, version);
}

static inline int hector_ssl_ctx_add_chain_certificate(SSL_CTX *context, X509 *certificate) {
    return (int)SSL_CTX_add1_chain_cert(context, certificate);
}

static inline int hector_ssl_set_server_name(SSL *ssl, const char *name) {
    return (int)SSL_set_tlsext_host_name(ssl, name);
}

static inline long hector_bio_memory(BIO *bio, char **bytes) {
    return BIO_get_mem_data(bio, bytes);
}

static inline void hector_bio_set_retry_read(BIO *bio) {
    BIO_set_retry_read(bio);
}

static inline void hector_bio_clear_retry(BIO *bio) {
    BIO_clear_retry_flags(bio);
}

static inline int hector_general_names_count(const GENERAL_NAMES *names) {
    return sk_GENERAL_NAME_num(names);
}

static inline const GENERAL_NAME *hector_general_name(const GENERAL_NAMES *names, int index) {
    return sk_GENERAL_NAME_value(names, index);
}

static inline EVP_PKEY *hector_ec_key_p256(void) {
    return EVP_EC_gen("P-256");
}

static inline void hector_general_names_free(GENERAL_NAMES *names) {
    GENERAL_NAMES_free(names);
}

// 1 where all of it is set afterwards.
static inline int hector_ssl_ctx_harden(SSL_CTX *context) {
    uint64_t options = SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION;
    long mode = SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER;
    return (SSL_CTX_set_options(context, options) & options) == options && (SSL_CTX_set_mode(context, mode) & mode) == mode;
}

// One ticket a connection: a name of a session that the server keeps (SSL_OP_NO_TICKET), used once by our clients.
static inline int hector_ssl_ctx_keep_server_sessions(SSL_CTX *context, long count) {
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_SERVER);
    SSL_CTX_sess_set_cache_size(context, count);
    return (SSL_CTX_set_options(context, SSL_OP_NO_TICKET) & SSL_OP_NO_TICKET) != 0
        && SSL_CTX_set_num_tickets(context, 1) == 1;
}

static inline void hector_ssl_ctx_keep_client_sessions(SSL_CTX *context) {
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
}

static inline int hector_ssl_new_slot(void) {
    return SSL_get_ex_new_index(0, NULL, NULL, NULL, NULL);
}

static inline STACK_OF(X509) *hector_certificates_new(void) {
    return sk_X509_new_null();
}

// The stack owns no reference: the certificates must outlive it.
static inline int hector_certificates_add(STACK_OF(X509) *stack, X509 *certificate) {
    return sk_X509_push(stack, certificate) > 0;
}

static inline void hector_certificates_free(STACK_OF(X509) *stack) {
    sk_X509_free(stack);
}

static inline int hector_purposes_count(const EXTENDED_KEY_USAGE *purposes) {
    return sk_ASN1_OBJECT_num(purposes);
}

static inline const ASN1_OBJECT *hector_purpose(const EXTENDED_KEY_USAGE *purposes, int index) {
    return sk_ASN1_OBJECT_value(purposes, index);
}

static inline void hector_purposes_free(EXTENDED_KEY_USAGE *purposes) {
    EXTENDED_KEY_USAGE_free(purposes);
}
