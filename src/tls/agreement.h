/*
 * When both sides find nothing that both speak: who offered what, what weir allows, and which option changes it.
 */
#ifndef WEIR_TLS_AGREEMENT_H
#define WEIR_TLS_AGREEMENT_H

#include "parts.h"

void agreement_take_offer(struct tls_stream *t, SSL *ssl); /* in the client-hello callback */

bool agreement_is_alert(int alert);
bool agreement_is_reason(int reason);                                          /* OpenSSL's */
void agreement_alert(struct tls_stream *t, int alert);                         /* the peer said so: the verdict */
void agreement_failed(struct tls_stream *t, int reason, const char *in_words); /* weir did */

#endif
